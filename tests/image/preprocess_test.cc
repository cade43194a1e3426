#include "trecvit/image/preprocess.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "image/view_of.h"
#include "support/errors.h"
#include "support/random_bytes.h"
#include "trecvit/image/placement.h"

namespace trecvit {
namespace {

using test::expect_error;
using test::random_picture;
using test::view_of;

std::vector<float> run(const PreprocessConfig& config, const ImageView& frame, int height, int width) {
  std::vector<float> out(size_t{3} * height * width, -1.0f);
  Preprocessor(config, height, width)(frame, out);
  return out;
}

TEST(Preprocess, ScalesEveryByteExactly) {
  std::vector<uint8_t> bytes(256 * 3);
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(i);
  const auto out = run({}, view_of(bytes, 16, 16), 16, 16);
  for (int i = 0; i < 256; ++i) EXPECT_EQ(out[i], static_cast<float>(i) / 255.0f) << i;
}

TEST(Preprocess, FrameOfTheRightSizeIsUnchanged) {
  const auto bytes = random_picture(6, 10);  // 6 rows of 8 pixels, stored in rows of 10
  const ImageView part{bytes.data(), PixelType::kU8, 6, 8, 30};
  const auto out = run({}, part, 6, 8);
  for (int y = 0; y < 6; ++y) {
    for (int i = 0; i < 24; ++i) ASSERT_EQ(out[y * 24 + i], static_cast<float>(bytes[y * 30 + i]) / 255.0f);
  }
  const std::vector<float> floats(bytes.begin(), bytes.end());  // not even in [0, 1]
  const ImageView upside_down{&floats[5 * 30], PixelType::kF32, 6, 10, -120};
  const auto copied = run({}, upside_down, 6, 10);
  for (int y = 0; y < 6; ++y) EXPECT_TRUE(std::equal(&copied[y * 30], &copied[y * 30] + 30, &floats[(5 - y) * 30]));
}

TEST(Preprocess, ShortSideThenCenterCrop) {
  const auto bytes = random_picture(54, 96);
  const auto out = run({}, view_of(bytes, 54, 96), 28, 28);
  std::vector<uint8_t> whole(size_t{3} * 28 * 49);  // int(28 * 96 / 54) = 49; the crop starts at round(10.5) = 10
  Resizer(whole_axis(54, 28), whole_axis(96, 49)).run(view_of(bytes, 54, 96), whole.data(), 49);
  for (int y = 0; y < 28; ++y) {
    for (int i = 0; i < 84; ++i) ASSERT_EQ(out[y * 84 + i], static_cast<float>(whole[(y * 49 + 10) * 3 + i]) / 255.0f);
  }
}

TEST(Preprocess, FloatsAreResizedAndNotScaled) {
  const std::vector<float> floats(size_t{3} * 20 * 30, 0.25f);
  const auto out = run({}, {floats.data(), PixelType::kF32, 20, 30, 360}, 8, 8);
  for (float value : out) EXPECT_FLOAT_EQ(value, 0.25f);
}

TEST(Preprocess, ExactIgnoresTheAspectRatio) {
  const auto bytes = random_picture(30, 7);
  std::vector<uint8_t> resized(size_t{3} * 8 * 12);
  Resizer(whole_axis(30, 8), whole_axis(7, 12)).run(view_of(bytes, 30, 7), resized.data(), 12);
  const auto out = run({.resize = Resize::kExact}, view_of(bytes, 30, 7), 8, 12);
  for (size_t i = 0; i < out.size(); ++i) ASSERT_EQ(out[i], static_cast<float>(resized[i]) / 255.0f);
}

template <class Sample>
void expect_padded(const std::vector<Sample>& white, const ImageView& frame) {
  Preprocessor preprocessor({.resize = Resize::kPad}, 8, 8);
  std::vector<float> out(8 * 8 * 3, -1.0f);
  preprocessor(frame, out);  // 16 x 10 becomes 8 x 5 at row round(1.5) = 2
  ASSERT_FALSE(white.empty());
  for (int y = 0; y < 8; ++y) {
    for (int i = 0; i < 24; ++i) ASSERT_FLOAT_EQ(out[y * 24 + i], y >= 2 && y < 7 ? 1.0f : 0.0f) << y;
  }
}

TEST(Preprocess, PadPutsThePictureOnBlack) {
  const std::vector<uint8_t> bytes(16 * 10 * 3, 255);
  expect_padded(bytes, {bytes.data(), PixelType::kU8, 10, 16, 48});
  const std::vector<float> floats(16 * 10 * 3, 1.0f);
  expect_padded(floats, {floats.data(), PixelType::kF32, 10, 16, 192});
}

TEST(Preprocess, FollowsAChangeOfSize) {
  const auto large = random_picture(40, 50), small = random_picture(20, 20);
  Preprocessor preprocessor({}, 8, 8);
  std::vector<float> first(192), out(192);
  preprocessor(view_of(large, 40, 50), first);
  preprocessor(view_of(small, 20, 20), out);
  EXPECT_EQ(out, run({}, view_of(small, 20, 20), 8, 8));
  preprocessor(view_of(large, 40, 50), out);
  EXPECT_EQ(out, first);
}

TEST(Preprocess, RefusesInvalidFrames) {
  const std::vector<uint8_t> bytes(300);
  std::vector<float> out(192);
  Preprocessor preprocessor({}, 8, 8);
  const auto refuse = [&](const ImageView& frame, const std::vector<std::string>& words) {
    expect_error(ErrorKind::kInput, words, [&] { preprocessor(frame, out); });
  };
  refuse({nullptr, PixelType::kU8, 10, 10, 30}, {"[preprocess]", "without pixels"});
  refuse({bytes.data(), PixelType::kU8, 0, 10, 30}, {"got 10x0"});
  refuse({bytes.data(), PixelType::kU8, 10, -1, 30}, {"got -1x10"});
  refuse({bytes.data(), PixelType::kU8, kMaxImageSide + 1, 10, 30}, {"32769"});
  refuse({bytes.data(), PixelType::kU8, 10, 10, 29}, {"a row stride of at least 30 bytes"});
  refuse({bytes.data(), PixelType::kU8, 10, 10, -29}, {"got -29"});
  refuse({bytes.data(), PixelType::kF32, 2, 3, 38}, {"whole samples"});
}

TEST(Preprocess, RefusesImpossibleInputSizes) {
  expect_error(ErrorKind::kUsage, {"got 0x224"}, [] { Preprocessor({}, 0, 224); });
  expect_error(ErrorKind::kUsage, {"got 224x32769"}, [] { Preprocessor({}, 224, kMaxImageSide + 1); });
}

TEST(Preprocess, CropNoneRefusesAFrameOfAnotherShape) {
  const PreprocessConfig config{.crop = Crop::kNone};
  const auto bytes = random_picture(54, 96);
  expect_error(ErrorKind::kInput, {"28x28", "96x54", "49x28"}, [&] { run(config, view_of(bytes, 54, 96), 28, 28); });
  EXPECT_EQ(run(config, view_of(bytes, 54, 96), 27, 48), run({}, view_of(bytes, 54, 96), 27, 48));
}

TEST(Placement, FollowsTorchvision) {
  const auto full_and_skip = [](PixelSize frame, PixelSize input) {
    const Placement placement = place({}, frame, input);
    return std::vector<int>{placement.rows.full, placement.columns.full, placement.rows.skip, placement.columns.skip};
  };
  EXPECT_EQ(full_and_skip({1080, 1920}, {224, 224}), (std::vector{224, 398, 0, 87}));
  EXPECT_EQ(full_and_skip({1920, 1080}, {224, 224}), (std::vector{398, 224, 87, 0}));
  EXPECT_EQ(full_and_skip({240, 321}, {224, 224}), (std::vector{224, 299, 0, 38}));  // 37.5: half to even
  EXPECT_EQ(full_and_skip({240, 323}, {224, 224}), (std::vector{224, 301, 0, 38}));  // 38.5: half to even
  EXPECT_EQ(full_and_skip({100, 100}, {64, 128}), (std::vector{128, 128, 32, 0}));
  EXPECT_EQ(full_and_skip({1, kMaxImageSide}, {224, 224}), (std::vector{224, 224 * kMaxImageSide, 0, 3669904}));
}

TEST(Placement, PadKeepsAtLeastOnePixel) {
  const Placement placement = place({.resize = Resize::kPad}, {1, 10000}, {224, 224});
  EXPECT_EQ(placement.rows.full, 1);
  EXPECT_EQ(placement.columns.full, 224);
  EXPECT_EQ(placement.top, 112);  // 111.5: half to even
}

}  // namespace
}  // namespace trecvit
