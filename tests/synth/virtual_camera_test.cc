#include "trecvit/synth/virtual_camera.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace trecvit {
namespace {

constexpr double kRounding = 1e-9;  // of a few operations in double on coordinates below 1000

std::vector<uint8_t> rendered_view(const Picture& picture, const View& view, const FrameSize& size) {
  std::vector<uint8_t> rgb(size.bytes());
  render_view(picture, view, rgb, size);
  return rgb;
}

// [height, width, 3] with columns exchanged.
std::vector<uint8_t> flipped(const std::vector<uint8_t>& rgb, const FrameSize& size) {
  std::vector<uint8_t> out(rgb.size());
  for (int i = 0; i < size.height * size.width; ++i) {
    const int from = i / size.width * size.width + size.width - 1 - i % size.width;
    for (int c = 0; c < 3; ++c) out[i * 3 + c] = rgb[from * 3 + c];
  }
  return out;
}

TEST(RenderView, StraightViewIsThePicture) {
  const FrameSize size{40, 56};
  const Picture scene = paint_scene(1, size);
  EXPECT_EQ(rendered_view(scene, {.x = 28, .y = 20}, size), scene.rgb);
}

TEST(RenderView, PlaneIsMirroredEndlessly) {
  const FrameSize size{40, 56};
  const Picture scene = paint_scene(1, size);
  for (const double periods : {1.0, -3.0, 1048576.0}) {
    EXPECT_EQ(rendered_view(scene, {.x = 28 + periods * 112, .y = 20 - periods * 80}, size), scene.rgb) << periods;
    EXPECT_EQ(rendered_view(scene, {.x = 28 + periods * 112 + 56, .y = 20}, size), flipped(scene.rgb, size)) << periods;
  }
}

TEST(RenderView, QuarterTurnMovesPixels) {
  const FrameSize size{32, 32};
  const Picture scene = paint_scene(5, size);
  const auto turned = rendered_view(scene, {.x = 16, .y = 16, .angle = std::acos(0.0)}, size);
  int worst = 0;
  for (int y = 0; y < 32; ++y) {
    for (int x = 0; x < 32; ++x) {
      for (int c = 0; c < 3; ++c) {
        worst = std::max(worst, std::abs(turned[(y * 32 + x) * 3 + c] - scene.rgb[(x * 32 + 31 - y) * 3 + c]));
      }
    }
  }
  EXPECT_LE(worst, 1);  // a weight of 1 / 256 may go to a neighbour
}

// One sample per pixel would be all white or all black, depending on the phase.
TEST(RenderView, FineTextureDoesNotFlicker) {
  Picture board{64, 64, {}};
  for (int i = 0; i < 64 * 64; ++i) board.rgb.insert(board.rgb.end(), 3, (i / 64 + i) % 2 ? 255 : 0);
  for (const double shift : {0.0, 0.3, 0.5}) {
    for (const uint8_t byte : rendered_view(board, {.x = 32 + shift, .y = 32 + shift, .scale = 2}, {16, 16})) {
      ASSERT_NEAR(byte, 127.5, 1) << shift;  // rounding of the weights
    }
  }
}

TEST(RenderView, TinyPicturesWork) {
  for (const FrameSize size : {FrameSize{1, 1}, FrameSize{1, 3}, FrameSize{2, 1}}) {
    Picture picture{size.height, size.width, std::vector<uint8_t>(size.bytes(), 77)};
    for (const double scale : {0.3, 1.0, 100.0}) {
      EXPECT_EQ(rendered_view(picture, {.x = -9.7, .y = 1e9, .scale = scale, .angle = 1}, {9, 7}),
                std::vector<uint8_t>(9 * 7 * 3, 77));
    }
  }
}

TEST(View, FromPlaneUndoesToPlane) {
  const View view{.x = 31, .y = -7, .scale = 1.7, .angle = 2.1};
  const Point there = to_plane(view, {3.5, 40}, {48, 64});
  const Point back = from_plane(view, there, {48, 64});
  EXPECT_NEAR(back.x, 3.5, kRounding);
  EXPECT_NEAR(back.y, 40, kRounding);
}

TEST(MotionBetween, PanOfWholePixelsMovesThePixels) {
  const FrameSize size{40, 56};
  const Picture scene = paint_scene(2, {120, 170});
  const View before{.x = 60, .y = 50}, after{.x = 63, .y = 48};
  const Point moved = motion_between(before, after, {11, 12}, size);
  ASSERT_NEAR(moved.x, -3, kRounding);  // the camera went right: everything goes left
  ASSERT_NEAR(moved.y, 2, kRounding);
  const auto first = rendered_view(scene, before, size), second = rendered_view(scene, after, size);
  for (int y = 2; y < size.height; ++y) {
    for (int x = 0; x < size.width - 3; ++x) {
      ASSERT_EQ(second[(y * size.width + x) * 3], first[((y - 2) * size.width + x + 3) * 3]) << y << " " << x;
    }
  }
}

TEST(MotionBetween, ZoomAndRollTurnAboutTheMiddle) {
  const FrameSize size{64, 64};
  const View before{.x = 9, .y = 9, .scale = 1};
  const View closer{.x = 9, .y = 9, .scale = 0.9}, clockwise{.x = 9, .y = 9, .angle = 0.1};
  for (const View& after : {closer, clockwise}) {
    const Point middle = motion_between(before, after, {32, 32}, size);
    EXPECT_NEAR(middle.x, 0, kRounding);
    EXPECT_NEAR(middle.y, 0, kRounding);
  }
  const Point zoomed = motion_between(before, closer, {52, 32}, size);
  EXPECT_NEAR(zoomed.x, 20 - 18, kRounding);  // was at 0.9 of the distance
  EXPECT_NEAR(zoomed.y, 0, kRounding);
  const Point turned = motion_between(before, clockwise, {52, 32}, size);
  EXPECT_NEAR(turned.x, 20 - 20 * std::cos(0.1), kRounding);
  EXPECT_NEAR(turned.y, -20 * std::sin(0.1), kRounding);  // on the right: up, anticlockwise
}

}  // namespace
}  // namespace trecvit
