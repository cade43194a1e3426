// Zip archives with every field open to the test, for files that no sane writer makes.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "trecvit/base/error.h"
#include "trecvit/io/npy.h"
#include "trecvit/io/zip_format.h"

namespace trecvit::test {

struct RawHeader {
  uint32_t magic;
  uint16_t flags = 0, method = zip::kStored;
  uint32_t crc = 0, compressed = 0, size = 0;
  std::string name, extra;
};

struct RawEntry {
  RawHeader local{.magic = zip::kLocalMagic, .name = {}, .extra = {}};
  RawHeader central{.magic = zip::kCentralMagic, .name = {}, .extra = {}};
  std::string data;
  std::optional<uint32_t> offset;  // what the directory says; by default the truth
};

struct RawZip {
  std::vector<RawEntry> entries;
  uint16_t disk = 0;
  std::optional<uint16_t> count;
  std::optional<uint32_t> directory_size, directory_offset;
  std::string comment;
};

inline void put_common(std::string& out, const RawHeader& h) {
  zip::put(out, h.flags);
  zip::put(out, h.method);
  zip::put(out, uint32_t{0});
  zip::put(out, h.crc);
  zip::put(out, h.compressed);
  zip::put(out, h.size);
  zip::put(out, static_cast<uint16_t>(h.name.size()));
  zip::put(out, static_cast<uint16_t>(h.extra.size()));
}

inline std::string bytes_of(const RawZip& raw) {
  std::string out, directory;
  for (const auto& entry : raw.entries) {
    const auto offset = static_cast<uint32_t>(out.size());
    zip::put(out, entry.local.magic);
    zip::put(out, zip::kVersion);
    put_common(out, entry.local);
    out += entry.local.name + entry.local.extra + entry.data;
    zip::put(directory, entry.central.magic);
    zip::put(directory, zip::kVersion);
    zip::put(directory, zip::kVersion);
    put_common(directory, entry.central);
    directory.append(10, '\0');  // comment length, disk, attributes
    zip::put(directory, entry.offset.value_or(offset));
    directory += entry.central.name + entry.central.extra;
  }
  const auto offset = static_cast<uint32_t>(out.size());
  out += directory;
  zip::put(out, zip::kEndMagic);
  zip::put(out, raw.disk);
  zip::put(out, raw.disk);
  const uint16_t count = raw.count.value_or(static_cast<uint16_t>(raw.entries.size()));
  zip::put(out, count);
  zip::put(out, count);
  zip::put(out, raw.directory_size.value_or(static_cast<uint32_t>(directory.size())));
  zip::put(out, raw.directory_offset.value_or(offset));
  zip::put(out, static_cast<uint16_t>(raw.comment.size()));
  return out + raw.comment;
}

inline std::string raw_deflate(const std::string& content) {
  std::string out(compressBound(content.size()) + 64, '\0');
  z_stream z{};
  TRECVIT_CHECK(deflateInit2(&z, 6, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  z.avail_in = static_cast<uInt>(content.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  TRECVIT_CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

// A consistent entry; tests then break it. Method kStored or kDeflated.
inline RawEntry raw_entry(const std::string& name, const std::string& content, uint16_t method = zip::kStored) {
  RawEntry entry;
  entry.data = method == zip::kStored ? content : raw_deflate(content);
  for (RawHeader* header : {&entry.local, &entry.central}) {
    header->name = name;
    header->method = method;
    header->crc = static_cast<uint32_t>(
        crc32(0, reinterpret_cast<const Bytef*>(content.data()), static_cast<uInt>(content.size())));
    header->compressed = static_cast<uint32_t>(entry.data.size());
    header->size = static_cast<uint32_t>(content.size());
  }
  return entry;
}

// The .npy file of float32 values 0, 1, 2, ...
inline std::string counting_npy(const Shape& shape) {
  std::string out = make_npy_header(shape, DType::kF32);
  for (int64_t i = 0; i < element_count(shape).value(); ++i) zip::put(out, static_cast<float>(i));
  return out;
}

}  // namespace trecvit::test
