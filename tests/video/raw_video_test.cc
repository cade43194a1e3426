#include "trecvit/video/raw_video.h"

#include <gtest/gtest.h>

#include <fstream>

#include "support/errors.h"
#include "support/temp_dir.h"

namespace trecvit::test {
namespace {

TEST(RawVideo, ReadsFramesOfTheGivenSizeAndRate) {
  const TempDir dir;
  std::string bytes;
  for (int i = 0; i < 3 * 2 * 4 * 3 + 5; ++i) bytes += static_cast<char>(i);
  std::ofstream(dir.file("a.rgb"), std::ios::binary) << bytes;
  const auto source = open_source(dir.file("a.rgb"), {.raw = RawVideo{2, 4, 10}});
  EXPECT_EQ(source->info().height, 2);
  EXPECT_EQ(source->info().width, 4);
  EXPECT_EQ(source->info().frames_from_header, 3);
  Frame frame;
  for (int t = 0; t < 3; ++t) {
    ASSERT_TRUE(source->read(frame));
    EXPECT_EQ(frame.index, t);
    EXPECT_DOUBLE_EQ(frame.pts_seconds, t / 10.0);
    EXPECT_DOUBLE_EQ(frame.duration_seconds, 0.1);
    EXPECT_EQ(frame.image.row<uint8_t>(1)[11], 24 * t + 23);
  }
  EXPECT_FALSE(source->read(frame));
  EXPECT_EQ(source->faults().damaged_packets, 1) << "five bytes are left";
}

TEST(RawVideo, SizesAndRatesOutOfRangeAreRefused) {
  const TempDir dir;
  std::ofstream(dir.file("a.rgb"), std::ios::binary) << "12345";
  const auto open = [&](const RawVideo& raw, int64_t max_pixels = kDefaultMaxPixels) {
    open_source(dir.file("a.rgb"), {.max_pixels = max_pixels, .raw = raw});
  };
  expect_error(ErrorKind::kInput, {"a.rgb", "2x2, 12 bytes each", "5 bytes"}, [&] { open({2, 2}); });
  for (const RawVideo& raw : {RawVideo{0, 4}, RawVideo{4, -1}, RawVideo{100'000, 1}})
    expect_error(ErrorKind::kUsage, {"[raw video]", "pixels"}, [&] { open(raw); });
  expect_error(ErrorKind::kUsage, {"at most 3 pixels"}, [&] { open({2, 2}, 3); });
  for (const double fps : {0.0, -1.0, 1e9}) expect_error(ErrorKind::kUsage, {"per second"}, [&] { open({1, 1, fps}); });
  expect_error(ErrorKind::kInput, {"missing.rgb"}, [] { open_source("missing.rgb", {.raw = RawVideo{2, 2}}); });
}

TEST(RawVideo, IsDescribedBySizeAndRate) {
  EXPECT_EQ(parse_raw_video("480x640").height, 480);
  EXPECT_EQ(parse_raw_video("480x640").width, 640);
  EXPECT_EQ(parse_raw_video("480x640").fps, 25);
  EXPECT_EQ(parse_raw_video("2x3@29.97").fps, 29.97);
  for (const char* text : {"", "480", "480x", "x640", "480x640@", "480x640x3", "480 x 640", "a"})
    expect_error(ErrorKind::kUsage, {"[--raw]", "HxW"}, [&] { parse_raw_video(text); });
}

}  // namespace
}  // namespace trecvit::test
