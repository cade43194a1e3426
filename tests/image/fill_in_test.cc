#include "trecvit/image/fill_in.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace trecvit::test {
namespace {

// A picture of 4 x 3 patches of 4 x 4 pixels from a function of (y, x, channel).
struct Picture {
  template <class Function>
  explicit Picture(const Function& function) : truth(16 * 12 * 3) {
    for (size_t y = 0; y < 16; ++y)
      for (size_t x = 0; x < 12; ++x)
        for (size_t c = 0; c < 3; ++c)
          truth[(y * 12 + x) * 3 + c] =
              static_cast<float>(function(static_cast<double>(y), static_cast<double>(x), static_cast<double>(c)));
  }
  float at(const std::vector<float>& picture, size_t y, size_t x, size_t c = 0) const {
    return picture[(y * 12 + x) * 3 + c];
  }
  static constexpr PatchedPicture kForm{16, 12, 4};
  std::vector<float> truth;
};

TEST(FillIn, VisiblePixelsStay) {
  const Picture picture([](double y, double x, double c) { return y + 20 * x + 0.1 * c; });
  std::vector<uint8_t> masked(12, 1);
  masked[5] = masked[7] = 0;
  for (const auto rule : {fill_with_mean, fill_with_nearest, fill_linearly}) {
    std::vector<float> filled = picture.truth;
    for (size_t i = 0; i < filled.size(); ++i) {
      const size_t y = i / 36, x = i / 3 % 12;
      if (masked[y / 4 * 3 + x / 4] != 0) filled[i] = NAN;  // hidden pixels must not be read
    }
    rule(Picture::kForm, masked, filled);
    for (size_t i = 0; i < filled.size(); ++i) {
      const size_t y = i / 36, x = i / 3 % 12;
      if (masked[y / 4 * 3 + x / 4] == 0)
        EXPECT_EQ(filled[i], picture.truth[i]);
      else
        EXPECT_TRUE(std::isfinite(filled[i])) << y << " " << x;
    }
  }
}

TEST(FillIn, MeanIsOverAllVisiblePixels) {
  const Picture picture([](double y, double, double c) { return (y < 4 ? 1.0 : 3.0) + c; });
  std::vector<uint8_t> masked(12, 1);
  masked[0] = masked[3] = 0;  // one patch with each of the two values
  std::vector<float> filled = picture.truth;
  fill_with_mean(Picture::kForm, masked, filled);
  for (size_t c = 0; c < 3; ++c) EXPECT_FLOAT_EQ(picture.at(filled, 15, 11, c), 2 + static_cast<float>(c));
}

TEST(FillIn, NearestCopiesTheNearestPatch) {
  const Picture picture([](double y, double x, double) { return 100 * y + x; });
  std::vector<uint8_t> masked(12, 1);
  masked[1] = 0;   // row 0, column 1
  masked[11] = 0;  // row 3, column 2
  std::vector<float> filled = picture.truth;
  fill_with_nearest(Picture::kForm, masked, filled);
  EXPECT_EQ(picture.at(filled, 2, 1), picture.at(picture.truth, 2, 5));     // from its right
  EXPECT_EQ(picture.at(filled, 15, 3), picture.at(picture.truth, 15, 11));  // row 3, column 0: two to the right
  EXPECT_EQ(picture.at(filled, 6, 6), picture.at(picture.truth, 2, 6));     // from above
}

// Linear interpolation reproduces a plane.
TEST(FillIn, LinearIsExactOnPlanesBetweenVisiblePatches) {
  // The plane varies only along x, because at the top and bottom borders the interpolation assumes a slope of zero.
  const Picture picture([](double, double x, double c) { return 2 * x + c; });
  std::vector<uint8_t> masked = {0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0};  // the middle column
  std::vector<float> filled = picture.truth;
  fill_linearly(Picture::kForm, masked, filled);
  for (size_t i = 0; i < filled.size(); ++i) EXPECT_NEAR(filled[i], picture.truth[i], 1e-4);
}

// One visible patch at the edge of a large picture: all other pixels equal its last column, however far away they are.
TEST(FillIn, LinearReachesTheFarBorder) {
  constexpr int64_t kHeight = 16, kWidth = 128, kPatch = 16;
  std::vector<uint8_t> masked(kWidth / kPatch, 1);
  masked[0] = 0;
  std::vector<float> picture(kHeight * kWidth * 3, -1);
  for (int64_t y = 0; y < kHeight; ++y) {
    for (int64_t x = 0; x < kPatch; ++x) {
      for (int64_t c = 0; c < 3; ++c)
        picture[static_cast<size_t>((y * kWidth + x) * 3 + c)] = static_cast<float>(x) / kPatch;
    }
  }
  fill_linearly({kHeight, kWidth, kPatch}, masked, picture);
  for (int64_t x = kPatch; x < kWidth; ++x) EXPECT_NEAR(picture[static_cast<size_t>(x * 3)], 15.0 / 16, 1e-3) << x;
}

}  // namespace
}  // namespace trecvit::test
