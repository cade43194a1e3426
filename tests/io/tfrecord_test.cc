#include "trecvit/io/tfrecord.h"

#include <gtest/gtest.h>

#include <vector>

#include "io/hostile.h"

namespace trecvit {
namespace {

std::vector<std::string> records_in(std::string_view file, uint64_t* end = nullptr) {
  const auto source = open_memory(test::as_bytes(file), "records");
  RecordReader reader(*source);
  std::vector<std::string> records;
  while (const auto record = reader.next()) records.emplace_back(*record);
  EXPECT_EQ(reader.next(), std::nullopt);
  if (end) *end = reader.offset();
  return records;
}

// RFC 3720, appendix B.4.
TEST(Crc32c, PublishedValues) {
  EXPECT_EQ(crc32c({}), 0u);
  EXPECT_EQ(crc32c(test::as_bytes("123456789")), 0xE3069283u);
  EXPECT_EQ(crc32c(test::as_bytes(std::string(32, '\0'))), 0x8A9136AAu);
  EXPECT_EQ(crc32c(test::as_bytes(std::string(32, '\xFF'))), 0x62A8AB43u);
  std::string rising;
  for (char c = 0; c < 32; ++c) rising += c;
  EXPECT_EQ(crc32c(test::as_bytes(rising)), 0x46DD794Eu);
}

TEST(TfRecord, ReadsWhatWasFramed) {
  const std::vector<std::string> records = {"first", "", std::string("\0\1", 2), std::string(100'000, 'x')};
  std::string file;
  for (const auto& record : records) file += frame_record(record);
  uint64_t end = 0;
  EXPECT_EQ(records_in(file, &end), records);
  EXPECT_EQ(end, file.size());
  EXPECT_EQ(frame_record("").size(), 16u);
}

TEST(TfRecord, TornAtEveryByte) {
  const std::string first = frame_record("first"), second = frame_record("the second");
  const std::string file = first + second;
  for (size_t kept = 0; kept <= file.size(); ++kept) {
    uint64_t end = 0;
    const size_t whole = (kept >= first.size() ? 1u : 0u) + (kept == file.size() ? 1u : 0u);
    EXPECT_EQ(records_in(std::string_view(file).substr(0, kept), &end).size(), whole) << kept;
    EXPECT_EQ(end, whole == 0 ? 0 : whole == 1 ? first.size() : file.size()) << kept;
  }
}

TEST(TfRecord, EveryChangedBitEndsTheReading) {
  const std::string first = frame_record("first"), file = first + frame_record("the second") + frame_record("third");
  for (size_t bit = first.size() * 8; bit < (file.size() - frame_record("third").size()) * 8; ++bit) {
    std::string damaged = file;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << bit % 8);
    EXPECT_EQ(records_in(damaged).size(), 1u) << bit;
  }
}

// A length whose checksum holds and that is larger than any file.
TEST(TfRecord, ChecksTheLength) {
  for (const uint64_t length : {uint64_t{5}, kMaxRecordBytes, uint64_t{1} << 40, ~uint64_t{0}, ~uint64_t{0} - 15}) {
    std::string header(reinterpret_cast<const char*>(&length), 8);
    const uint32_t crc = crc32c(test::as_bytes(header));
    const uint32_t masked = (crc >> 15 | crc << 17) + 0xA282EAD8u;
    header.append(reinterpret_cast<const char*>(&masked), 4);
    EXPECT_TRUE(records_in(header + "datacrc.").empty()) << length;
  }
}

}  // namespace
}  // namespace trecvit
