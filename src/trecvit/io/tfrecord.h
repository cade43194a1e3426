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

// The record with its framing. At most kMaxRecordBytes.
std::string frame_record(std::string_view record);

// Reads records from the beginning, as long as they are complete and their checksums match.
class RecordReader {
 public:
  // The source must outlive the reader.
  explicit RecordReader(const ByteSource& source) : source_(source) {}
  // The next record, valid until the next call; nullopt at the end or if something is torn, damaged or larger than
  // kMaxRecordBytes, and at every later call.
  std::optional<std::string_view> next();
  // Where the records returned so far end: the size of the source, if next() returned nullopt and nothing is broken.
  uint64_t offset() const { return offset_; }

 private:
  const ByteSource& source_;
  std::string record_;
  uint64_t offset_ = 0;
};

}  // namespace trecvit
