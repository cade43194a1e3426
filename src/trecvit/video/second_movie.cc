#include "trecvit/video/second_movie.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace trecvit {
namespace {

constexpr uint64_t kHeaderBytes = 8;
constexpr uint64_t kLongHeaderBytes = 16;

struct Box {
  uint64_t size = 0;
  std::array<char, 4> type{};
  bool is(std::string_view name) const { return std::string_view(type.data(), type.size()) == name; }
};

uint64_t big_endian(std::span<const char> bytes) {
  uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

// Nothing for a truncated header, and for a box that reaches the end of the file or goes past it.
std::optional<Box> box_at(const ByteSource& source, uint64_t offset) {
  if (source.size() - offset < kHeaderBytes) return std::nullopt;
  std::array<char, kLongHeaderBytes> header{};
  const std::span all(header);
  source.read(offset, std::as_writable_bytes(all.first(kHeaderBytes)));
  Box box{.size = big_endian(all.first(4))};
  std::copy_n(header.begin() + 4, box.type.size(), box.type.begin());
  uint64_t least = kHeaderBytes;
  if (box.size == 1) {  // the size follows, in 64 bits
    if (source.size() - offset < kLongHeaderBytes) return std::nullopt;
    source.read(offset + kHeaderBytes, std::as_writable_bytes(all.subspan(kHeaderBytes)));
    box.size = big_endian(all.subspan(kHeaderBytes));
    least = kLongHeaderBytes;
  }
  if (box.size < least || box.size >= source.size() - offset) return std::nullopt;
  return box;
}

}  // namespace

std::optional<uint64_t> second_movie(const ByteSource& source) {
  constexpr int kMostBoxes = 1000;
  bool whole = false;
  uint64_t offset = 0;
  for (int boxes = 0; boxes < kMostBoxes; ++boxes) {
    const auto box = box_at(source, offset);
    if (!box || box->is("moof")) return std::nullopt;
    if (whole && box->is("ftyp")) return offset;
    whole = whole || box->is("moov");
    offset += box->size;
  }
  return std::nullopt;
}

std::optional<uint64_t> second_flash_video(const ByteSource& source, uint64_t last) {
  constexpr int kMostTags = 1000;
  constexpr uint64_t kTagHeader = 11, kSizeBehind = 4;
  uint64_t offset = last;
  for (int tags = 0; tags < kMostTags && offset < source.size(); ++tags) {
    std::array<char, 4> begin{};
    if (source.size() - offset < begin.size()) return std::nullopt;
    source.read(offset, std::as_writable_bytes(std::span(begin)));
    if (std::string_view(begin.data(), begin.size()) == "FLV\x01") return offset;
    offset += kTagHeader + big_endian(std::span(begin).subspan(1)) + kSizeBehind;
  }
  return std::nullopt;
}

}  // namespace trecvit
