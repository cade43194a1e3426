#include "trecvit/data/augment.h"

#include <gtest/gtest.h>

#include <cmath>

#include "data/data_test.h"
#include "support/errors.h"
#include "support/random_bytes.h"
#include "trecvit/image/preprocess.h"

namespace trecvit {
namespace {

using test::training_clips;

LookDraw draw_of(uint64_t seed) { return {RandomStream(seed, "look"), 0}; }

TEST(Augment, TestingUsesThePixelsOfThePreprocessor) {
  ClipOptions options = training_clips();
  options.training = false;
  const PixelSize frame{50, 90};
  const Look look = draw_look(frame, options, draw_of(1));
  const auto picture = test::random_picture(50, 90);
  const ImageView view{picture.data(), PixelType::kU8, 50, 90, 90 * 3};
  std::vector<uint8_t> got(32 * 48 * 3);
  Resizer(look.rows, look.columns).run(view, got.data(), 48);
  std::vector<float> want(got.size());
  Preprocessor({}, 32, 48)(view, want);
  for (size_t i = 0; i < got.size(); ++i) ASSERT_EQ(got[i], std::lround(want[i] * 255)) << i;
  EXPECT_FALSE(look.flip);
  EXPECT_EQ(look.color, ColorChange{});
  EXPECT_EQ(look.erased.height, 0);
}

TEST(Augment, TestCropsLieAlongTheLongerSide) {
  ClipOptions options = training_clips();
  options.training = false;
  options.clip.crops = 3;
  for (int64_t crop = 0; crop < 3; ++crop) {
    const Look wide = draw_look({64, 200}, options, {RandomStream(1, "x"), crop});
    EXPECT_EQ(wide.columns.skip, crop * 26) << crop;  // there are 100 - 48 pixels of room
    EXPECT_EQ(wide.rows.skip, 0);
    const Look tall = draw_look({100, 48}, options, {RandomStream(1, "x"), crop});
    EXPECT_EQ(tall.rows.skip, crop * 34) << crop;
    const Look uneven = draw_look({64, 198}, options, {RandomStream(1, "x"), crop});
    EXPECT_EQ(uneven.columns.skip, (crop * 51 + 1) / 2) << crop;  // the middle is rounded up
  }
}

TEST(Augment, AreaCropsKeepTheirBounds) {
  ClipOptions options = training_clips();
  options.augment.least_area = 0.2;
  options.augment.most_area = 0.6;
  options.augment.most_stretch = 1.5;
  double smallest = 1, largest = 0, flattest = 1, widest = 1;
  for (uint64_t seed = 0; seed < 400; ++seed) {
    const Look look = draw_look({120, 160}, options, draw_of(seed));
    EXPECT_GE(look.rows.begin, 0);
    EXPECT_LE(look.rows.begin + look.rows.extent, 120);
    EXPECT_LE(look.columns.begin + look.columns.extent, 160);
    const double area = look.rows.extent * look.columns.extent / (120 * 160);
    const double stretch = look.columns.extent / look.rows.extent / 1.5;  // relative to the shape of the input
    smallest = std::min(smallest, area);
    largest = std::max(largest, area);
    flattest = std::min(flattest, stretch);
    widest = std::max(widest, stretch);
    make_resample_axis(look.rows);  // also checks the geometry
    make_resample_axis(look.columns);
  }
  constexpr double kRounding = 1e-9;
  EXPECT_GE(smallest, 0.2 - kRounding);
  EXPECT_LT(smallest, 0.22);
  EXPECT_LE(largest, 0.6 + kRounding);
  EXPECT_GT(largest, 0.55);
  EXPECT_GE(flattest, 1 / 1.5 - kRounding);
  EXPECT_LT(flattest, 0.7);
  EXPECT_LE(widest, 1.5 + kRounding);
  EXPECT_GT(widest, 1.4);
}

TEST(Augment, ACropThatNeverFitsBecomesTheCentre) {
  ClipOptions options = training_clips();
  options.augment.least_area = 0.99;
  const Look look = draw_look({200, 20}, options, draw_of(1));
  EXPECT_EQ(look.rows.extent, 200);
  EXPECT_EQ(look.columns.skip, 0);
}

TEST(Augment, ScaleJitterCoversTheInput) {
  ClipOptions options = training_clips();
  options.augment.least_scale = 0.5;
  options.augment.most_scale = 2;
  int largest = 0;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    const Look look = draw_look({64, 96}, options, draw_of(seed));
    EXPECT_GE(look.rows.full, 32);
    EXPECT_LE(look.rows.skip + look.rows.out, look.rows.full);
    largest = std::max(largest, look.rows.full);
  }
  EXPECT_GT(largest, 60);
  EXPECT_LE(largest, 64);
}

TEST(Augment, EachColorChangeHasItsNamedEffect) {
  const PixelSize size{1, 2};
  const RandomStream random(1, "x");
  const auto changed = [&](const ColorChange& change) {
    std::vector<uint8_t> clip = {200, 100, 50, 100, 100, 100};
    Look look{};
    look.color = change;
    finish_look(look, size, random, clip);
    return clip;
  };
  using Bytes = std::vector<uint8_t>;
  EXPECT_EQ(changed({}), (Bytes{200, 100, 50, 100, 100, 100}));
  EXPECT_EQ(changed({.brightness = kColorOne / 2}), (Bytes{100, 50, 25, 50, 50, 50}));
  EXPECT_EQ(changed({.brightness = 2 * kColorOne}), (Bytes{255, 200, 100, 200, 200, 200}));
  // Greys are 124 and 100, their mean 112.
  EXPECT_EQ(changed({.contrast = 0}), (Bytes{112, 112, 112, 112, 112, 112}));
  EXPECT_EQ(changed({.saturation = 0}), (Bytes{124, 124, 124, 100, 100, 100}));
}

TEST(Augment, ErasesTheSameNoiseInEveryFrame) {
  ClipOptions options = training_clips();
  options.augment.erase = 1;
  const LookDraw draw = draw_of(3);
  const Look look = draw_look({32, 48}, options, draw);
  ASSERT_GT(look.erased.height, 0);
  std::vector<uint8_t> clip(2 * 32 * 48 * 3);
  finish_look(look, {32, 48}, draw.random, clip);
  EXPECT_TRUE(std::equal(clip.begin(), clip.begin() + 32 * 48 * 3, clip.begin() + 32 * 48 * 3));
  const auto touched = std::count_if(clip.begin(), clip.end(), [](uint8_t v) { return v != 0; });
  const double part = static_cast<double>(touched) / static_cast<double>(clip.size());
  EXPECT_GT(part, 0.015);
  EXPECT_LT(part, 0.34);
}

TEST(Augment, FlipsHalfOfTheClips) {
  ClipOptions options = training_clips();
  options.augment.flip = true;
  int flips = 0;
  for (uint64_t seed = 0; seed < 400; ++seed) flips += draw_look({32, 48}, options, draw_of(seed)).flip;
  EXPECT_NEAR(flips, 200, 40);  // four standard deviations
  std::vector<uint8_t> row = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  flip_picture({1, 3}, row);
  EXPECT_EQ(row, (std::vector<uint8_t>{7, 8, 9, 4, 5, 6, 1, 2, 3}));
}

TEST(Augment, RefusesOptionsThatExcludeEachOther) {
  test::expect_error(ErrorKind::kUsage, {"by area or by scale"},
                     [] { check_augment({.least_area = 0.5, .most_scale = 1.3}); });
  test::expect_error(ErrorKind::kUsage, {"least_area <= most_area"},
                     [] { check_augment({.least_area = 0.5, .most_area = 0.4}); });
}

}  // namespace
}  // namespace trecvit
