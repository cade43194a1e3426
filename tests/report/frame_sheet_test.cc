#include "trecvit/report/frame_sheet.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "data/fake_dataset.h"

namespace trecvit::report {
namespace {

// Frames [2, 3, 3 channels], each of one grey level.
std::vector<uint8_t> grey_frame(uint8_t value) { return std::vector<uint8_t>(size_t{2} * 3 * 3, value); }

TEST(FrameSheet, FramesAreEnlargedByWholeNumbers) {
  EXPECT_EQ(frame_cell(2, 3).zoom, 32);
  EXPECT_EQ(frame_cell(32, 32).zoom, 2);
  EXPECT_EQ(frame_cell(60, 80).zoom, 1);
  EXPECT_EQ(frame_cell(224, 224).zoom, 1);
}

TEST(FrameSheet, LargeFramesAreReduced) {
  const FrameCell cell = frame_cell(4096, 1025);
  EXPECT_EQ(cell.every, 8);
  EXPECT_EQ(cell.shown_height(), 512);
  EXPECT_EQ(cell.shown_width(), 129);
  EXPECT_EQ(frame_cell(512, 512).every, 1);
  EXPECT_EQ(frame_cell(16, 600).shown_width(), 300);
  EXPECT_EQ(frame_cell(16, 300).shown_width(), 300);  // not enlarged over the limit
  // One pixel in three, in both directions.
  const FrameCell small{4, 5, 1, 3, 0};
  std::vector<uint8_t> frame;
  for (uint8_t i = 0; i < 20; ++i) frame.insert(frame.end(), {i, i, i});
  Canvas canvas(2, 2);
  small.put(canvas, frame, {0, 0});
  const std::vector<uint8_t> want = {0, 0, 0, 3, 3, 3, 15, 15, 15, 18, 18, 18};
  EXPECT_TRUE(std::equal(want.begin(), want.end(), canvas.pixels().begin(), canvas.pixels().end()));
}

TEST(FrameSheet, EveryPixelOfAFrameIsASquare) {
  const FrameCell cell{2, 3, 4, 1, 2};
  std::vector<uint8_t> frame;
  for (uint8_t i = 0; i < 6; ++i) frame.insert(frame.end(), {i, static_cast<uint8_t>(10 + i), 200});
  Canvas canvas(20, 30);
  cell.put(canvas, frame, {5, 7});
  const auto pixel = [&](int y, int x) { return canvas.pixels().subspan(static_cast<size_t>(y * 30 + x) * 3, 3); };
  for (int y = 0; y < 20; ++y) {
    for (int x = 0; x < 30; ++x) {
      const bool inside = y >= 7 && y < 15 && x >= 5 && x < 17;
      const int source = inside ? (y - 7) / 4 * 3 + (x - 5) / 4 : -1;
      EXPECT_EQ(pixel(y, x)[0], inside ? source : 255) << y << " " << x;
      EXPECT_EQ(pixel(y, x)[1], inside ? 10 + source : 255);
    }
  }
}

TEST(FrameSheet, RowsHaveNamesAndGroupsAWiderGap) {
  const auto light = grey_frame(220), dark = grey_frame(20);
  const FrameCell cell{2, 3, 8, 1, 2};
  const std::vector<FrameRow> plain = {{"", {light, dark}}, {"", {dark}}};
  const Picture sheet = paint_rows(plain, cell);
  EXPECT_EQ(sheet.width, 2 * 26 - 2);
  EXPECT_EQ(sheet.height, 2 * 18 - 2 + 6);
  EXPECT_EQ(paint_rows(plain, cell, 2).height, 2 * 18 - 2);
  const Picture named = paint_rows(std::vector<FrameRow>{{"input", {light, dark}}, {"output", {dark}}}, cell);
  EXPECT_EQ(named.width, sheet.width + text_width("output") + 8);
}

TEST(FrameSheet, ShownFramesAreEvenlySpaced) {
  EXPECT_EQ(shown_frames(3), (std::vector<int64_t>{0, 1, 2}));
  EXPECT_EQ(shown_frames(16), (std::vector<int64_t>{0, 2, 4, 6, 8, 10, 12, 14}));
  EXPECT_EQ(shown_frames(9, 3), (std::vector<int64_t>{0, 3, 6}));
}

TEST(FrameSheet, SkipsClipsThatCannotBeRead) {
  test::FakeDataset set(10);
  const auto indices = [&set](int64_t most) {
    std::vector<int64_t> all;
    for (const auto& clip : shown_clips(set, most, 1)) {
      EXPECT_EQ(clip.pixels[0], clip.index);
      all.push_back(clip.index);
    }
    return all;
  };
  EXPECT_EQ(indices(3), (std::vector<int64_t>{0, 3, 6}));
  EXPECT_EQ(indices(20).size(), 10U);
  set.bad = {0, 3, 4, 5, 9};
  EXPECT_EQ(indices(3), (std::vector<int64_t>{1, 6, 7}));
  EXPECT_EQ(indices(10), (std::vector<int64_t>{1, 2, 6, 7, 8}));
  set.bad = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  EXPECT_TRUE(indices(3).empty());
}

TEST(FrameSheet, ShowsFramesInTheOrderOfTheRun) {
  const test::FakeDataset set(2);
  const auto first_values = [&set](FrameOrder order) {
    std::vector<int> numbers;
    const auto clips = shown_clips(set, 1, 1, {order, test::FakeDataset::kFrames});
    for (int64_t t = 0; t < test::FakeDataset::kFrames; ++t)
      numbers.push_back(clips[0].pixels[static_cast<size_t>(3 * t + 1)]);
    return numbers;
  };
  EXPECT_EQ(first_values(FrameOrder::kAsIs), (std::vector<int>{0, 1, 2, 3}));
  EXPECT_EQ(first_values(FrameOrder::kReversed), (std::vector<int>{3, 2, 1, 0}));
}

TEST(FrameSheet, StripsShowEightFramesAtMost) {
  const std::vector<uint8_t> clip(size_t{20} * 64 * 48 * 3, 7);
  const Picture strip = strip_of_frames(clip, 64, 48);
  EXPECT_EQ(strip.height, 64);
  EXPECT_EQ(strip.width, 8 * 50 - 2);
  EXPECT_FALSE(strip.png.empty());
}

}  // namespace
}  // namespace trecvit::report
