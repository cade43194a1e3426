#include "trecvit/io/zip_names.h"

#include <algorithm>
#include <cstddef>

#include "trecvit/io/zip_format.h"

namespace trecvit::zip {
namespace {

constexpr uint64_t kMostBytes = 4 << 20;
constexpr size_t kMostNames = 10'000;

// The directory's offset from the last end record, possibly in its 64-bit form; the file's size if there is none.
uint64_t directory_offset(const ByteSource& source) {
  const uint64_t tail_size = std::min<uint64_t>(source.size(), kEndBytes + kMaxCommentBytes);
  std::vector<std::byte> tail(static_cast<size_t>(tail_size));
  source.read(source.size() - tail_size, tail);
  for (size_t end = kEndBytes; end <= tail.size(); ++end) {
    const size_t at = tail.size() - end;
    if (number_at<uint32_t>(tail, at) != kEndMagic) continue;
    const auto offset = number_at<uint32_t>(tail, at + 16);
    if (offset != kIn64 || at < kLocator64Bytes) return offset;
    const auto end64 = number_at<uint64_t>(tail, at - kLocator64Bytes + 8);
    if (source.size() < kEnd64Bytes || end64 > source.size() - kEnd64Bytes) return source.size();
    std::vector<std::byte> record(kEnd64Bytes);
    source.read(end64, record);
    return number_at<uint64_t>(record, 48);
  }
  return source.size();
}

}  // namespace

std::vector<std::string> names_in(const ByteSource& source) {
  std::vector<std::string> names;
  const uint64_t offset = directory_offset(source);
  if (offset >= source.size()) return names;
  std::vector<std::byte> bytes(static_cast<size_t>(std::min(source.size() - offset, kMostBytes)));
  source.read(offset, bytes);
  for (size_t at = 0; bytes.size() - at >= kCentralBytes && names.size() < kMostNames;) {
    const auto header = std::span<const std::byte>(bytes).subspan(at);
    if (number_at<uint32_t>(header, 0) != kCentralMagic) break;
    const size_t name = number_at<uint16_t>(header, 28);
    if (name > header.size() - kCentralBytes) break;
    names.emplace_back(reinterpret_cast<const char*>(header.data()) + kCentralBytes, name);
    const size_t total = kCentralBytes + name + number_at<uint16_t>(header, 30) + number_at<uint16_t>(header, 32);
    at += std::min(total, header.size());
  }
  return names;
}

}  // namespace trecvit::zip
