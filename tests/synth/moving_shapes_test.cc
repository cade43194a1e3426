#include "trecvit/synth/moving_shapes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

#include "support/errors.h"
#include "synth/synth_test.h"

namespace trecvit {
namespace {

std::vector<uint8_t> shapes_frame(const MovingShapesOptions& options, int64_t t) {
  return test::rendered(MovingShapes(options), t, options.size);
}

Rgb pixel(const std::vector<uint8_t>& rgb, int width, MovingShapes::Position at, double dy = 0) {
  const size_t i = (static_cast<size_t>(at.y + dy) * width + static_cast<size_t>(at.x)) * 3;
  return {rgb[i], rgb[i + 1], rgb[i + 2]};
}

TEST(MovingShapes, FrameDependsOnSeedAndTimeAlone) {
  const MovingShapesOptions options{.seed = 5, .size = {64, 96}};
  const MovingShapes forward(options);
  std::vector<uint8_t> rgb(options.size.bytes());
  for (int64_t t : {7, 0, 1'000'000, 3}) {
    forward.render(t, rgb);
    EXPECT_EQ(rgb, shapes_frame(options, t)) << t;
  }
  EXPECT_NE(shapes_frame(options, 3), shapes_frame(options, 4));
  EXPECT_NE(shapes_frame(options, 3), shapes_frame({.seed = 6, .size = {64, 96}}, 3));
}

// Pinned, so that nobody's data set changes by accident.
TEST(MovingShapes, BytesAreTheSameEverywhere) {
  EXPECT_EQ(test::hash_of(shapes_frame({.seed = 1}, 0)), 6146170875403823078ull);
  EXPECT_EQ(test::hash_of(shapes_frame({.seed = 2, .size = {33, 47}}, 1'000'000'007)), 5303706809782589085ull);
}

TEST(MovingShapes, LabelsSayWhereTheShapesAre) {
  std::set<ShapeKind> kinds;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const MovingShapesOptions options{.seed = seed, .size = {128, 160}, .shapes = 1};
    const MovingShapes shapes(options);
    const auto& shape = shapes.shapes().front();
    kinds.insert(shape.kind);
    for (int64_t t : {0, 11, 12345}) {
      const auto rgb = shapes_frame(options, t);
      const auto center = shapes.position(0, t);
      const bool hollow = shape.kind == ShapeKind::kRing;
      EXPECT_EQ(pixel(rgb, 160, center) == shape.color, !hollow);
      EXPECT_EQ(pixel(rgb, 160, center, shape.radius * 0.75), shape.color);
      const double outside = center.y < 64 ? shape.radius + 1.5 : -shape.radius - 1.5;
      EXPECT_NE(pixel(rgb, 160, center, outside), shape.color);
    }
  }
  EXPECT_EQ(kinds.size(), kShapeKinds);
}

TEST(MovingShapes, MoveAndStayInside) {
  const MovingShapes shapes({.seed = 9, .size = {100, 140}, .shapes = 16});
  for (size_t i = 0; i < 16; ++i) {
    double farthest = 0;
    const int radius = shapes.shapes()[i].radius;
    constexpr int64_t kFarAway = int64_t{1} << 62;
    for (int64_t frame = 0; frame < 400; ++frame) {
      const int64_t t = frame < 200 ? frame : kFarAway + frame;
      const auto [x, y] = shapes.position(i, t);
      const auto next = shapes.position(i, t + 1);
      ASSERT_TRUE(x >= radius && x <= 140 - radius && y >= radius && y <= 100 - radius) << x << " " << y;
      ASSERT_LE(std::max(std::abs(next.x - x), std::abs(next.y - y)), 140.0 / 25);
      farthest = std::max(farthest, std::abs(x - shapes.position(i, 0).x));
    }
    EXPECT_GT(farthest, 30);
  }
}

TEST(MovingShapes, LaterShapesPassInFront) {
  const MovingShapesOptions options{.seed = 1, .size = {96, 96}, .shapes = 16};
  const MovingShapes shapes(options);
  int overlaps = 0;
  for (int64_t t = 0; t < 50; ++t) {
    const auto rgb = shapes_frame(options, t);
    const auto front = shapes.position(15, t), behind = shapes.position(14, t);
    const int radius = shapes.shapes()[15].radius;
    const double dy = radius * 0.75;  // inside every kind
    EXPECT_EQ(pixel(rgb, 96, front, dy), shapes.shapes()[15].color);
    overlaps += std::abs(front.x - behind.x) < 1.5 * radius && std::abs(front.y - behind.y) < 1.5 * radius;
  }
  EXPECT_GT(overlaps, 0);
}

TEST(MovingShapes, BackgroundIsDimAndTextured) {
  const auto rgb = shapes_frame({.seed = 4, .size = {64, 64}, .shapes = 0}, 0);
  const auto [low, high] = std::minmax_element(rgb.begin(), rgb.end());
  EXPECT_GE(*low, 20);
  EXPECT_LE(*high, 121);
  EXPECT_GT(*high - *low, 30);
}

TEST(MovingShapes, TinyPicturesWork) {
  for (const FrameSize size : {FrameSize{1, 1}, FrameSize{1, 50}, FrameSize{3, 2}}) {
    for (int64_t t : {int64_t{0}, int64_t{1} << 62}) shapes_frame({.size = size}, t);
  }
}

TEST(MovingShapes, RefusesImpossibleOptions) {
  test::expect_error(ErrorKind::kUsage, {"[shapes]", "got 0x224"}, [] { MovingShapes({.size = {0, 224}}); });
  test::expect_error(ErrorKind::kUsage, {"0 to 16 shapes", "got 17"}, [] { MovingShapes({.shapes = 17}); });
}

}  // namespace
}  // namespace trecvit
