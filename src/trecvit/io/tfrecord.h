// TFRecord, the framing of TensorBoard's event files: for each record its length (8 bytes, little-endian), a checksum
// of the length, the bytes, a checksum of the bytes. https://www.tensorflow.org/tutorials/load_data/tfrecord
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "trecvit/io/byte_source.h"

namespace trecvit {

// CRC-32C (Castagnoli), as in RFC 3720 appendix B.4.
uint32_t crc32c(std::span<const std::byte> bytes);

inline constexpr uint64_t kMaxRecordBytes = uint64_t{256} << 20;

// The record with its frame. At most kMaxRecordBytes.
std::string frame_record(std::string_view record);

// Reads records from the beginning, as far as they are whole and their checksums hold.
class RecordReader {
 public:
  // The source must live as long.
  explicit RecordReader(const ByteSource& source) : source_(source) {}
  // The next record, valid until the next call; nothing at the end or where something is torn, damaged or larger than
  // kMaxRecordBytes, and never anything after that.
  std::optional<std::string_view> next();
  // Where the records returned so far end: the size of the source, if next() returned nothing and nothing is broken.
  uint64_t offset() const { return offset_; }

 private:
  const ByteSource& source_;
  std::string record_;
  uint64_t offset_ = 0;
};

}  // namespace trecvit
