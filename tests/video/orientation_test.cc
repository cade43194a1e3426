#include "trecvit/video/orientation.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace trecvit {
namespace {

Orientation from(int32_t a, int32_t b, int32_t c, int32_t d) {
  const std::array<int32_t, 9> matrix = {a, b, 0, c, d, 0, 7, 9, 1 << 30};
  return orientation_from_matrix(matrix);
}

TEST(Orientation, FromMatrix) {
  constexpr int32_t kOne = 1 << 16;
  EXPECT_EQ(from(kOne, 0, 0, kOne), (Orientation{}));
  EXPECT_EQ(from(0, kOne, -kOne, 0), (Orientation{true, true, false}));
  EXPECT_EQ(from(-kOne, 0, 0, -kOne), (Orientation{false, true, true}));
  EXPECT_EQ(from(0, -kOne, kOne, 0), (Orientation{true, false, true}));
  EXPECT_EQ(from(kOne, 100, -100, kOne), (Orientation{}));
  EXPECT_EQ(from(-2, 0, 0, 2), (Orientation{false, true, false}));
}

TEST(Orientation, InvalidMatricesAreUpright) {
  constexpr int32_t kLow = INT32_MIN;
  EXPECT_EQ(from(0, 0, 0, 0), (Orientation{}));
  EXPECT_EQ(from(46341, 46341, -46341, 46341), (Orientation{}));  // 45 degrees
  EXPECT_EQ(from(-80, 60, -60, -80), (Orientation{}));            // 143 degrees: nearer to 180 than to 90
  EXPECT_EQ(from(60, 80, -80, 60), (Orientation{}));
  EXPECT_EQ(from(1 << 16, 0, 0, 0), (Orientation{}));
  EXPECT_EQ(from(kLow, kLow, kLow, kLow), (Orientation{}));
}

// A picture whose pixel (y, x) has the value 10 y + x in its first channel, in rows with unused bytes at the end.
struct PaddedPicture {
  static constexpr int kHeight = 35, kWidth = 19, kStride = 64;
  std::vector<uint8_t> bytes = std::vector<uint8_t>(kHeight * kStride);
  PaddedPicture() {
    for (int y = 0; y < kHeight; ++y) {
      for (int x = 0; x < kWidth; ++x) {
        uint8_t* pixel = &bytes[y * kStride + 3 * x];
        pixel[0] = static_cast<uint8_t>(y);
        pixel[1] = static_cast<uint8_t>(x);
        pixel[2] = 200;
      }
    }
  }
  ImageView view() const { return {bytes.data(), PixelType::kU8, kHeight, kWidth, kStride}; }
};

TEST(Orientation, UprightMovesEveryPixel) {
  const PaddedPicture picture;
  for (int bits = 0; bits < 8; ++bits) {
    const Orientation orientation{(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0};
    Image image;
    upright(picture.view(), orientation, image);
    ASSERT_EQ(image.height, orientation.transpose ? PaddedPicture::kWidth : PaddedPicture::kHeight);
    ASSERT_EQ(image.width, orientation.transpose ? PaddedPicture::kHeight : PaddedPicture::kWidth);
    for (int y = 0; y < image.height; ++y) {
      for (int x = 0; x < image.width; ++x) {
        int from_y = orientation.flip_y ? image.height - 1 - y : y,
            from_x = orientation.flip_x ? image.width - 1 - x : x;
        if (orientation.transpose) std::swap(from_y, from_x);
        const uint8_t* pixel = image.row<uint8_t>(y) + ptrdiff_t{3} * x;
        ASSERT_EQ(pixel[0], from_y) << bits;
        ASSERT_EQ(pixel[1], from_x) << bits;
        ASSERT_EQ(pixel[2], 200) << bits;
      }
    }
  }
}

}  // namespace
}  // namespace trecvit
