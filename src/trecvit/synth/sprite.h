// A small flat figure, plain or striped, that can be painted anywhere between the pixels: what moves over procedural
// pictures, and what stands in them.
#pragma once

#include <array>
#include <span>

#include "trecvit/synth/draws.h"
#include "trecvit/synth/frame_generator.h"

namespace trecvit {

// The part of a disc that lies on the inner side of each of some edges; coordinates are pixels from its center.
struct Sprite {
  static constexpr int kMaxEdges = 6;
  struct Edge {
    float x, y, reach;  // inside: x * px + y * py <= reach
  };

  float radius = 1;  // of the disc
  int edge_count = 0;
  std::array<Edge, kMaxEdges> edges{};
  Rgb color{}, stripe_color{};
  float stripe_x = 0, stripe_y = 0;  // across the stripes, one width long in 1 / pixels; zeros: plain
  int opacity = 256;                 // of 256

  bool covers(float px, float py) const;
  const Rgb& color_at(float px, float py) const;
};

// Plain ones in black. angle: radians, clockwise.
Sprite make_disc(double radius);
Sprite make_box(double half_width, double half_height, double angle);
Sprite make_polygon(int sides, double radius, double angle);  // regular, 3 to Sprite::kMaxEdges sides

Rgb draw_color(Draws& draws);
// Gives it two contrasting colours, and stripes to half of them.
void draw_colors(Sprite& sprite, Draws& draws);
// A disc, a box or a polygon, with colours.
Sprite draw_sprite(double radius, Draws& draws);

// Paints it with its center at (x, y) pixels, (0.5, 0.5) being the middle of the top-left pixel, edges smoothed by four
// samples a pixel. rgb: [size.height, size.width, 3]; what lies outside is cut off.
void paint_sprite(const Sprite& sprite, std::array<double, 2> center, std::span<uint8_t> rgb, const FrameSize& size);

}  // namespace trecvit
