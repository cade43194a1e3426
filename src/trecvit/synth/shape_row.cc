#include "trecvit/synth/shape_row.h"

#include <algorithm>
#include <numbers>

#include "trecvit/base/error.h"
#include "trecvit/synth/draws.h"
#include "trecvit/synth/sprite.h"

namespace trecvit {
namespace {

constexpr std::array<std::string_view, kRowShapes> kRowNames = {"disc", "square", "triangle", "bar"};

// Radii and sides are chosen so that all four have about the same area.
Sprite make_shape(int shape, double radius, double angle) {
  switch (shape) {
    case 0:
      return make_disc(radius);
    case 1:
      return make_box(0.88 * radius, 0.88 * radius, angle);
    case 2:
      return make_polygon(3, 1.45 * radius, angle);
    default:
      return make_box(1.7 * radius, 0.45 * radius, angle);
  }
}

// One strong channel, one weak, one in between: far from the greys of the background.
Rgb draw_strong_color(Draws& draws) {
  const int strong = draws.below(3), weak = (strong + 1 + draws.below(2)) % 3;
  Rgb color{};
  for (int c = 0; c < 3; ++c) {
    const int least = c == strong ? 220 : c == weak ? 0 : 40, range = c == strong ? 36 : c == weak ? 30 : 180;
    color[static_cast<size_t>(c)] = static_cast<uint8_t>(least + draws.below(range));
  }
  return color;
}

Draws draws_of_frame(uint64_t seed, int64_t t) {
  return {RandomStream(seed, "shape row").bits(static_cast<uint64_t>(t)), "frame"};
}

}  // namespace

std::span<const std::string_view> row_shape_names() { return kRowNames; }

ShapeRow::ShapeRow(const ShapeRowOptions& options)
    : options_(options), background_(paint_dim_scene(options.seed, options.size)) {
  TRECVIT_CHECK(options.first >= 0 && options.first < kRowShapes);
}

int ShapeRow::shape_at(int64_t t) const {
  return t == 0 ? options_.first : draws_of_frame(options_.seed, t).below(kRowShapes);
}

void ShapeRow::render(int64_t t, std::span<uint8_t> rgb) const {
  TRECVIT_CHECK(t >= 0 && rgb.size() == options_.size.bytes());
  std::copy(background_.rgb.begin(), background_.rgb.end(), rgb.begin());
  Draws draws = draws_of_frame(options_.seed, t);
  const int drawn = draws.below(kRowShapes);
  const FrameSize& size = options_.size;
  const double radius = std::min(size.height, size.width) * draws.between(0.14, 0.22);
  Sprite figure = make_shape(t == 0 ? options_.first : drawn, radius, draws.between(0, 2 * std::numbers::pi));
  figure.color = draw_strong_color(draws);
  const double x = size.width * draws.between(0.3, 0.7), y = size.height * draws.between(0.3, 0.7);
  paint_sprite(figure, {x, y}, rgb, size);
}

}  // namespace trecvit
