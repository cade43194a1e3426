#include "trecvit/pipeline/result_painter.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace trecvit::test {
namespace {

// A picture of one colour.
struct Plain {
  Plain(int height, int width, uint8_t value)
      : pixels(size_t{3} * static_cast<size_t>(height) * static_cast<size_t>(width), value),
        view{pixels.data(), PixelType::kU8, height, width, ptrdiff_t{3} * width} {}
  std::vector<uint8_t> pixels;
  ImageView view;
};

std::array<int, 3> pixel(const ImageView& image, int x, int y) {
  const uint8_t* at = image.row<uint8_t>(y) + ptrdiff_t{3} * x;
  return {at[0], at[1], at[2]};
}

bool is_grey(const ImageView& image, int x, int y, int value) {
  return pixel(image, x, y) == std::array{value, value, value};
}

TEST(ResultPainter, TextLiesOnDarkGroundAndTheRestIsThePicture) {
  const Plain frame(240, 320, 100);
  ResultPainter painter;
  const ImageView out = painter.paint(frame.view, {.seconds = 61.5, .top = {{3, "petting cat", 0.5F}}, .events = {}});
  EXPECT_EQ(out.height, 240);
  EXPECT_EQ(out.width, 320);
  EXPECT_TRUE(is_grey(out, 1, 1, 40)) << "shaded";
  EXPECT_TRUE(is_grey(out, 200, 100, 100)) << "as it was";
  EXPECT_TRUE(is_grey(out, 318, 238, 40)) << "behind the time";
  EXPECT_TRUE(is_grey(out, 1, 238, 100)) << "no events";
}

// The bar of 0.5 is half as long as that of 1.
TEST(ResultPainter, BarsAreAsLongAsTheProbability) {
  const Plain frame(240, 320, 0);
  const auto bar_of = [&](float prob) {
    ResultPainter painter;
    const ImageView out = painter.paint(frame.view, {.top = {{0, "", prob}}});
    int length = 0;
    for (int x = 0; x < out.width; ++x) length += pixel(out, x, 4 + 10)[2] == 240;
    return length;
  };
  EXPECT_EQ(bar_of(0), 0);
  EXPECT_EQ(bar_of(1), 152);
  EXPECT_EQ(bar_of(0.5F), 76);
}

TEST(ResultPainter, EventsThatGoOnAreShown) {
  const Plain frame(240, 320, 100);
  ResultPainter painter;
  const ImageView out = painter.paint(frame.view, {.top = {}, .events = {"jump", "run"}});
  EXPECT_TRUE(is_grey(out, 1, 238, 40));
  EXPECT_TRUE(is_grey(out, 1, 238 - 13, 40));
  EXPECT_TRUE(is_grey(out, 1, 238 - 26, 100)) << "there are two";
}

TEST(ResultPainter, SmallPicturesAreEnlargedAndOthersKeepTheFirstSize) {
  ResultPainter painter;
  const Plain small(48, 64, 100), other(30, 90, 200);
  EXPECT_EQ(painter.paint(small.view, {}).height, 240);
  const ImageView out = painter.paint(other.view, {});
  EXPECT_EQ(out.height, 240);
  EXPECT_EQ(out.width, 320);
  EXPECT_TRUE(is_grey(out, 160, 120, 200));
}

TEST(ResultPainter, FloatsBecomeBytes) {
  const std::vector<float> pixels(size_t{240} * 240 * 3, 0.5F);
  ResultPainter painter;
  const ImageView out = painter.paint({pixels.data(), PixelType::kF32, 240, 240, ptrdiff_t{240} * 3 * 4}, {});
  EXPECT_TRUE(is_grey(out, 120, 120, 128));
}

}  // namespace
}  // namespace trecvit::test
