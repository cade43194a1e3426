#include "trecvit/io/tfrecord.h"

#include <array>

#include "trecvit/base/error.h"
#include "trecvit/io/little_endian.h"

namespace trecvit {
namespace {

using little_endian::number_at;
using little_endian::put;

constexpr uint64_t kLengthBytes = 8, kChecksumBytes = 4;

constexpr std::array<uint32_t, 256> make_table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ (value & 1 ? 0x82F63B78u : 0u);
    table[i] = value;
  }
  return table;
}

constexpr std::array<uint32_t, 256> kTable = make_table();

// The format rotates its checksums and adds a constant, modulo 2^32, so that the checksum of bytes that hold one is not
// a special case.
uint32_t masked(std::span<const std::byte> bytes) {
  const uint32_t crc = crc32c(bytes);
  return static_cast<uint32_t>(uint64_t{crc >> 15 | crc << 17} + 0xA282EAD8u);
}

uint32_t masked(std::string_view bytes) { return masked(std::as_bytes(std::span(bytes))); }

}  // namespace

uint32_t crc32c(std::span<const std::byte> bytes) {
  uint32_t crc = ~0u;
  for (const std::byte byte : bytes) crc = crc >> 8 ^ kTable[(crc ^ static_cast<uint32_t>(byte)) & 0xFF];
  return ~crc;
}

std::string frame_record(std::string_view record) {
  TRECVIT_CHECK(record.size() <= kMaxRecordBytes);
  std::string out;
  out.reserve(record.size() + kLengthBytes + 2 * kChecksumBytes);
  put(out, static_cast<uint64_t>(record.size()));
  put(out, masked(out));
  out += record;
  put(out, masked(record));
  return out;
}

std::optional<std::string_view> RecordReader::next() {
  constexpr uint64_t kAround = kLengthBytes + 2 * kChecksumBytes;
  const uint64_t left = source_.size() - offset_;
  if (left < kAround) return std::nullopt;
  std::array<std::byte, kLengthBytes + kChecksumBytes> header;
  source_.read(offset_, header);
  if (number_at<uint32_t>(header, kLengthBytes) != masked(std::span(header).first(kLengthBytes))) return std::nullopt;
  const auto length = number_at<uint64_t>(header, 0);
  if (length > kMaxRecordBytes || length > left - kAround) return std::nullopt;
  record_.resize(length + kChecksumBytes);
  source_.read(offset_ + header.size(), std::as_writable_bytes(std::span(record_)));
  const std::string_view record = std::string_view(record_).substr(0, length);
  if (number_at<uint32_t>(std::as_bytes(std::span(record_)), length) != masked(record)) return std::nullopt;
  offset_ += kAround + length;
  return record;
}

}  // namespace trecvit
