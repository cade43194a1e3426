#include "trecvit/synth/sprite.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "trecvit/base/error.h"

namespace trecvit {
namespace {

constexpr std::array<float, 2> kSamples = {0.25F, 0.75F};  // sample positions within a pixel, on each axis

// Paints one pixel; (px, py) is its top-left corner relative to the center.
void paint_pixel(const Sprite& sprite, float px, float py, uint8_t* rgb) {
  int hits = 0;
  std::array<int, 3> sum{};
  for (float dy : kSamples) {
    for (float dx : kSamples) {
      if (!sprite.covers(px + dx, py + dy)) continue;
      const Rgb& color = sprite.color_at(px + dx, py + dy);
      for (size_t c = 0; c < 3; ++c) sum[c] += color[c];
      ++hits;
    }
  }
  if (hits == 0) return;
  const int rest = 4 * 256 - hits * sprite.opacity;
  for (size_t c = 0; c < 3; ++c) {
    rgb[c] = static_cast<uint8_t>((rgb[c] * rest + sum[c] * sprite.opacity + 512) >> 10);
  }
}

// The pixels from center - radius to center + radius, clipped to 0 to side - 1; empty if end <= begin.
std::array<int, 2> pixel_range(double center, double radius, int side) {
  const auto bound = [&](double at) { return static_cast<int>(std::clamp(std::floor(at), -1.0, side + 0.0)); };
  return {std::max(0, bound(center - radius)), std::min(side, bound(center + radius) + 1)};
}

}  // namespace

bool Sprite::covers(float px, float py) const {
  if (px * px + py * py > radius * radius) return false;
  for (int i = 0; i < edge_count; ++i) {
    if (edges[i].x * px + edges[i].y * py > edges[i].reach) return false;
  }
  return true;
}

const Rgb& Sprite::color_at(float px, float py) const {
  constexpr float kPositive = 4096;  // more than the stripes in half a picture, so that truncation rounds down
  return static_cast<int>(stripe_x * px + stripe_y * py + kPositive) % 2 == 0 ? color : stripe_color;
}

Sprite make_disc(double radius) { return {.radius = static_cast<float>(radius)}; }

Sprite make_box(double half_width, double half_height, double angle) {
  Sprite box{.radius = static_cast<float>(std::hypot(half_width, half_height)), .edge_count = 4};
  const auto x = static_cast<float>(std::cos(angle)), y = static_cast<float>(std::sin(angle));
  const auto width = static_cast<float>(half_width), height = static_cast<float>(half_height);
  box.edges = {{{x, y, width}, {-x, -y, width}, {-y, x, height}, {y, -x, height}}};
  return box;
}

Sprite make_polygon(int sides, double radius, double angle) {
  TRECVIT_CHECK(sides >= 3 && sides <= Sprite::kMaxEdges);
  Sprite polygon{.radius = static_cast<float>(radius), .edge_count = sides};
  const auto reach = static_cast<float>(radius * std::cos(std::numbers::pi / sides));
  for (int i = 0; i < sides; ++i) {
    const double at = angle + 2 * std::numbers::pi * i / sides;
    polygon.edges[i] = {static_cast<float>(std::cos(at)), static_cast<float>(std::sin(at)), reach};
  }
  return polygon;
}

Rgb draw_color(Draws& draws) {
  const uint64_t bits = draws.bits();
  return {static_cast<uint8_t>(bits >> 56), static_cast<uint8_t>(bits >> 48), static_cast<uint8_t>(bits >> 40)};
}

void draw_colors(Sprite& sprite, Draws& draws) {
  sprite.color = draw_color(draws);
  for (size_t c = 0; c < 3; ++c)
    sprite.stripe_color[c] = static_cast<uint8_t>(sprite.color[c] ^ 0x80);  // half the range away
  const bool striped = draws.chance(0.5);
  const double angle = draws.between(0, std::numbers::pi);
  const double across = 1 / std::max(2.0, sprite.radius * draws.between(0.3, 0.7));
  if (!striped) return;
  sprite.stripe_x = static_cast<float>(std::cos(angle) * across);
  sprite.stripe_y = static_cast<float>(std::sin(angle) * across);
}

Sprite draw_sprite(double radius, Draws& draws) {
  const int kind = draws.below(3);
  const double angle = draws.between(0, 2 * std::numbers::pi), flatness = draws.between(0.4, 1);
  const int sides = 3 + draws.below(Sprite::kMaxEdges - 2);
  Sprite sprite = kind == 0   ? make_disc(radius)
                  : kind == 1 ? make_box(radius * 0.85, radius * 0.85 * flatness, angle)
                              : make_polygon(sides, radius, angle);
  draw_colors(sprite, draws);
  return sprite;
}

void paint_sprite(const Sprite& sprite, std::array<double, 2> center, std::span<uint8_t> rgb, const FrameSize& size) {
  TRECVIT_CHECK(rgb.size() == size.bytes());
  const auto [left, right] = pixel_range(center[0], sprite.radius, size.width);
  const auto [top, bottom] = pixel_range(center[1], sprite.radius, size.height);
  for (int y = top; y < bottom; ++y) {
    uint8_t* row = rgb.data() + (static_cast<ptrdiff_t>(y) * size.width + left) * 3;
    const auto py = static_cast<float>(y - center[1]);
    for (int x = left; x < right; ++x, row += 3) paint_pixel(sprite, static_cast<float>(x - center[0]), py, row);
  }
}

}  // namespace trecvit
