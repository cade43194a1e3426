#include "trecvit/synth/shape_row.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "support/errors.h"
#include "synth/synth_test.h"

namespace trecvit {
namespace {

using test::Frame;

constexpr FrameSize kRowView{64, 48};

Frame row_frame(const ShapeRow& row, int64_t t) { return test::rendered(row, t, kRowView); }

ShapeRow row_of(uint64_t seed, int first) { return ShapeRow({.seed = seed, .size = kRowView, .first = first}); }

// Pixels of the figure: their channels differ strongly, unlike those of the background.
int figure_pixels(const Frame& frame) {
  int count = 0;
  for (size_t i = 0; i < frame.size(); i += 3) {
    const auto [least, most] = std::minmax({frame[i], frame[i + 1], frame[i + 2]});
    count += most > least + 60;
  }
  return count;
}

TEST(ShapeRow, FirstIsAsRequestedAndTheOthersAreUniform) {
  std::array<int, kRowShapes> counts{};
  for (uint64_t seed = 0; seed < 50; ++seed) {
    for (int first = 0; first < kRowShapes; ++first) {
      const ShapeRow row = row_of(seed, first);
      EXPECT_EQ(row.shape_at(0), first);
      for (int64_t t = 1; t <= 20; ++t) {
        ++counts[static_cast<size_t>(row.shape_at(t))];
        EXPECT_EQ(row.shape_at(t), row_of(seed, 0).shape_at(t));  // so that they tell nothing of the first
      }
    }
  }
  // Each of 1,000 draws counts four times: three standard deviations are 164.
  for (const int count : counts) EXPECT_NEAR(count, 50 * 20, 170);
}

// With the same seed, all but the first frame are the same whatever came first.
TEST(ShapeRow, OnlyTheFirstFrameTellsTheLabel) {
  const ShapeRow disc = row_of(7, 0), bar = row_of(7, 3);
  EXPECT_NE(row_frame(disc, 0), row_frame(bar, 0));
  for (const int64_t t : {1, 2, 30}) EXPECT_EQ(row_frame(disc, t), row_frame(bar, t));
}

TEST(ShapeRow, EveryFrameShowsAFigureOfAboutTheSameSize) {
  for (int first = 0; first < kRowShapes; ++first) {
    double sum = 0;
    for (uint64_t seed = 0; seed < 40; ++seed) {
      const int pixels = figure_pixels(row_frame(row_of(seed, first), 0));
      EXPECT_GT(pixels, 60) << first << " " << seed;
      EXPECT_LT(pixels, 500) << first << " " << seed;
      sum += pixels;
    }
    EXPECT_NEAR(sum / 40, 230, 60) << first;
  }
}

TEST(ShapeRow, FrameDependsOnOptionsAndTimeAlone) {
  const ShapeRow row = row_of(3, 1);
  const Frame later = row_frame(row, int64_t{1} << 40);
  row_frame(row, 5);
  EXPECT_EQ(row_frame(row, int64_t{1} << 40), later);
  EXPECT_NE(row_frame(row, 5), row_frame(row, 6));
  EXPECT_NE(row_frame(row, 5), row_frame(row_of(4, 1), 5));
}

TEST(ShapeRow, NamesAreInTheOrderOfTheirNumbers) {
  EXPECT_EQ(row_shape_names()[0], "disc");
  EXPECT_EQ(row_shape_names()[3], "bar");
  EXPECT_EQ(row_shape_names().size(), size_t{kRowShapes});
}

TEST(ShapeRow, RefusesAnImpossibleSize) {
  test::expect_error(ErrorKind::kUsage, {"got 0x64"}, [] { ShapeRow({.size = {0, 64}}); });
}

}  // namespace
}  // namespace trecvit
