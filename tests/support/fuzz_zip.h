// Builds structured archives from bytes, so that a fuzzer gets past checksums, sizes and names to the code behind them.
#pragma once

#include <algorithm>
#include <string>

#include "io/raw_zip.h"
#include "support/fuzz_entries.h"

namespace trecvit::test {

// Takes numbers and pieces off the front of the bytes; once they run out, 0 or empty.
class Pieces {
 public:
  explicit Pieces(std::span<const std::byte> bytes) : bytes_(bytes) {}
  size_t number(size_t below) {
    const auto piece = take(2);
    size_t value = 0;
    for (const char c : piece) value = value << 8 | static_cast<unsigned char>(c);
    return value % below;
  }
  std::string take(size_t count) {
    count = std::min(count, bytes_.size());
    std::string piece(reinterpret_cast<const char*>(bytes_.data()), count);
    bytes_ = bytes_.subspan(count);
    return piece;
  }

 private:
  std::span<const std::byte> bytes_;
};

// What a deflate stream unpacks to, up to the first error.
inline std::string inflated(const std::string& stream) {
  constexpr size_t kMost = 1 << 16;
  std::string out(kMost, '\0');
  z_stream z{};
  TRECVIT_CHECK(inflateInit2(&z, -MAX_WBITS) == Z_OK);
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(stream.data()));  // zlib only reads it
  z.avail_in = static_cast<uInt>(stream.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  inflate(&z, Z_FINISH);
  out.resize(z.total_out);
  inflateEnd(&z);
  return out;
}

// An array of a small shape, or arbitrary bytes instead.
inline std::string content_from(Pieces& pieces) {
  switch (pieces.number(3)) {
    case 0:
      return pieces.take(pieces.number(512));
    case 1:
      return counting_npy({static_cast<int64_t>(pieces.number(300)), static_cast<int64_t>(pieces.number(4))});
    default: {
      const std::string dictionary = pieces.take(pieces.number(200));
      std::string npy = "\x93NUMPY\x01";
      npy += '\0';
      zip::put(npy, static_cast<uint16_t>(dictionary.size()));
      return npy + dictionary + pieces.take(pieces.number(600));
    }
  }
}

inline RawEntry entry_from(Pieces& pieces, size_t index) {
  const std::string names[] = {"a.npy",
                               "folder/",
                               "folder/b.npy",
                               "__MACOSX/._a.npy",
                               pieces.take(pieces.number(24)),
                               std::string("c") + static_cast<char>('0' + index) + ".npy"};
  const std::string name = names[pieces.number(std::size(names))];
  const size_t how = pieces.number(3);
  if (how < 2) return raw_entry(name, content_from(pieces), how == 0 ? zip::kStored : zip::kDeflated);
  // A stream straight from the fuzzer, with the size and the checksum of what it unpacks to.
  const std::string stream = pieces.take(pieces.number(600));
  RawEntry entry = raw_entry(name, inflated(stream), zip::kDeflated);
  entry.data = stream;
  for (RawHeader* header : {&entry.local, &entry.central}) header->compressed = static_cast<uint32_t>(stream.size());
  return entry;
}

// Up to four consistent entries; the fuzzer may then break one field of each.
inline RawZip zip_from(std::span<const std::byte> bytes) {
  Pieces pieces(bytes);
  RawZip raw;
  const size_t entries = pieces.number(5);
  for (size_t i = 0; i < entries; ++i) {
    RawEntry entry = entry_from(pieces, i);
    RawHeader& header = pieces.number(2) == 0 ? entry.local : entry.central;
    const auto value = static_cast<uint32_t>(pieces.number(1 << 16));
    switch (pieces.number(12)) {
      case 0:
        header.flags = static_cast<uint16_t>(value);
        break;
      case 1:
        header.size = value;
        break;
      case 2:
        header.compressed = value;
        break;
      case 3:
        header.extra = pieces.take(pieces.number(40));
        break;
      case 4:
        entry.offset = value;
        break;
      case 5:
        header.size = header.compressed = zip::kIn64;
        header.extra = pieces.take(pieces.number(40));
        break;
      case 6:
        entry.local.flags = entry.central.flags = zip::kFlagDescriptor;
        entry.local.crc = entry.local.size = entry.local.compressed = 0;
        break;
      default:
        break;
    }
    raw.entries.push_back(std::move(entry));
  }
  raw.comment = pieces.take(pieces.number(30));
  return raw;
}

// Accepted if the archive was accepted.
inline bool fuzz_zip(std::span<const std::byte> bytes) {
  if (bytes.size() > kMaxFuzzBytes) return false;
  const std::string archive = bytes_of(zip_from(bytes));
  return fuzz_npz(std::as_bytes(std::span(archive)));
}

}  // namespace trecvit::test
