// Generated files: where a second file begins in them, and files in which no second one may be reported.
#include "trecvit/video/second_movie.h"

#include <gtest/gtest.h>

#include <span>
#include <string>

namespace trecvit {
namespace {

std::string number(uint64_t value, int bytes) {
  std::string out;
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i));
  return out;
}

std::string box(const std::string& type, const std::string& content = "content") {
  return number(8 + content.size(), 4) + type + content;
}

std::optional<uint64_t> second(const std::string& bytes) {
  return second_movie(*open_memory(std::as_bytes(std::span(bytes)), "memory"));
}

const std::string kMovie = box("ftyp") + box("moov") + box("mdat");

TEST(SecondMovie, BeginsAfterACompleteFile) {
  EXPECT_EQ(second(kMovie + kMovie), kMovie.size());
  const std::string late_index = box("ftyp") + box("mdat") + box("free", "") + box("moov");
  EXPECT_EQ(second(late_index + late_index), late_index.size());
  const std::string large = box("ftyp") + box("moov") + number(1, 4) + "mdat" + number(20, 8) + "data";
  EXPECT_EQ(second(large + kMovie), large.size());
}

TEST(SecondMovie, IsNotReportedInASingleFile) {
  EXPECT_FALSE(second(""));
  EXPECT_FALSE(second(kMovie));
  EXPECT_FALSE(second(box("ftyp") + kMovie)) << "no whole one in front of it";
  EXPECT_FALSE(second(box("ftyp") + box("moov") + number(0, 4) + "mdat" + kMovie)) << "to the end of the file";
  EXPECT_FALSE(second(kMovie + box("moof") + box("mdat") + kMovie)) << "fragments";
  for (const uint64_t size : {uint64_t{0}, uint64_t{1}, uint64_t{7}, uint64_t{15}, UINT64_MAX})
    EXPECT_FALSE(second(box("moov") + number(1, 4) + "mdat" + number(size, 8) + kMovie)) << size;
  for (size_t length = 0; length < kMovie.size() + 8; ++length)
    EXPECT_FALSE(second((kMovie + kMovie).substr(0, length))) << length;
}

std::string tag(char type, const std::string& content) {
  return type + number(content.size(), 3) + number(0, 7) + content + number(11 + content.size(), 4);
}

TEST(SecondFlashVideo, BeginsAfterTheLastTags) {
  const auto second = [](const std::string& bytes, uint64_t last) {
    return second_flash_video(*open_memory(std::as_bytes(std::span(bytes)), "memory"), last);
  };
  const std::string header = "FLV\x01\x01" + number(9, 4) + number(0, 4);
  const std::string movie = header + tag(9, "first") + tag(9, "last") + tag(8, "sound");
  const uint64_t last = header.size() + tag(9, "first").size();
  EXPECT_EQ(second(movie + movie, last), movie.size());
  EXPECT_FALSE(second(movie, last));
  EXPECT_FALSE(second(movie + "FL", last));
  EXPECT_FALSE(second(movie, UINT64_MAX));
  EXPECT_FALSE(second("", 0));
}

}  // namespace
}  // namespace trecvit
