// A small flat figure, plain or striped, that can be painted at sub-pixel positions: some move over procedural
// pictures, others are part of them.
#pragma once

#include <array>
#include <span>

#include "trecvit/synth/draws.h"
#include "trecvit/synth/frame_generator.h"

namespace trecvit {

// The part of a disc that lies on the inner side of every edge; coordinates are pixels from its center.
struct Sprite {
  static constexpr int kMaxEdges = 6;
  struct Edge {
    float x, y, reach;  // inside: x * px + y * py <= reach
  };

  float radius = 1;  // of the disc
  int edge_count = 0;
  std::array<Edge, kMaxEdges> edges{};
  Rgb color{}, stripe_color{};
  float stripe_x = 0, stripe_y = 0;  // direction across the stripes, of length 1 / stripe width in pixels; zeros: plain
  int opacity = 256;                 // out of 256

  bool covers(float px, float py) const;
  const Rgb& color_at(float px, float py) const;
};

// Plain black figures. angle: radians, clockwise.
Sprite make_disc(double radius);
Sprite make_box(double half_width, double half_height, double angle);
Sprite make_polygon(int sides, double radius, double angle);  // regular, 3 to Sprite::kMaxEdges sides

Rgb draw_color(Draws& draws);
// Gives the sprite two contrasting colours, and stripes with probability 0.5.
void draw_colors(Sprite& sprite, Draws& draws);
// A disc, a box or a polygon, with colours.
Sprite draw_sprite(double radius, Draws& draws);

// Paints the sprite with its center at (x, y) pixels, where (0.5, 0.5) is the middle of the top-left pixel; edges are
// smoothed by four samples per pixel. rgb: [size.height, size.width, 3]; what lies outside is clipped.
void paint_sprite(const Sprite& sprite, std::array<double, 2> center, std::span<uint8_t> rgb, const FrameSize& size);

}  // namespace trecvit
