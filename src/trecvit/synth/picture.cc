#include "trecvit/synth/picture.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "trecvit/base/error.h"
#include "trecvit/synth/draws.h"
#include "trecvit/synth/sprite.h"
#include "trecvit/synth/texture.h"

namespace trecvit {
namespace {

constexpr int kOne = 256;  // the unit of fixed-point weights and sums

struct Octave {
  int cell;                      // pixels between lattice points, a power of two
  std::array<double, 3> height;  // per channel, as a fraction of the range of a byte
};

// Random values on a lattice [rows, columns, 3] in units of 1 / kOne; the channels mostly vary together.
std::vector<int> draw_lattice(const Octave& octave, size_t points, Draws& draws) {
  std::vector<int> lattice;
  lattice.reserve(points * 3);
  for (size_t i = 0; i < points; ++i) {
    const uint64_t bits = draws.bits();
    const auto part = [&](int shift) { return static_cast<double>(static_cast<int8_t>(bits >> shift)) * 2; };
    for (int c = 0; c < 3; ++c) {
      lattice.push_back(static_cast<int>(kOne * octave.height[c] * (part(56) * 0.7 + part(8 * c) * 0.4)));
    }
  }
  return lattice;
}

// A smooth step from 0 to kOne across a cell.
std::vector<int> blend_weights(int cell) {
  std::vector<int> weights;
  for (int i = 0; i < cell; ++i) {
    const double at = (i + 0.5) / cell;
    weights.push_back(static_cast<int>(kOne * at * at * (3 - 2 * at)));
  }
  return weights;
}

// sums: [height, width, 3] in units of 1 / kOne.
void add_octave(const Octave& octave, const FrameSize& size, Draws& draws, std::vector<int>& sums) {
  const int cell = octave.cell, columns = size.width / cell + 2, rows = size.height / cell + 2;
  const std::vector<int> lattice = draw_lattice(octave, static_cast<size_t>(rows) * columns, draws);
  const std::vector<int> weights = blend_weights(cell);
  std::vector<int> line(static_cast<size_t>(columns) * 3);
  int* sum = sums.data();
  for (int y = 0; y < size.height; ++y) {
    const int* top = lattice.data() + static_cast<ptrdiff_t>(y / cell) * columns * 3;
    for (int i = 0; i < columns * 3; ++i) {
      line[i] = top[i] + (top[i + columns * 3] - top[i]) * weights[y % cell] / kOne;
    }
    for (int x = 0; x < size.width; ++x, sum += 3) {
      const int* left = line.data() + static_cast<ptrdiff_t>(x / cell) * 3;
      for (int c = 0; c < 3; ++c) sum[c] += left[c] + (left[c + 3] - left[c]) * weights[x % cell] / kOne;
    }
  }
}

std::vector<int> paint_noise(const FrameSize& size, Draws& draws) {
  const Rgb base = draw_color(draws);
  std::array<double, 3> gain{};
  for (double& channel : gain) channel = draws.between(0.5, 1.2);
  const double contrast = draws.between(0.6, 1.3);

  std::vector<int> sums(size.bytes());
  for (size_t i = 0; i < sums.size(); ++i) sums[i] = (64 + base[i % 3] / 2) * kOne;
  const int side = std::min(size.height, size.width);
  for (int cell = 2; cell == 2 || cell * 3 <= side; cell *= 2) {
    const double grain = cell == 2 ? 0.4 : 1;  // between adjacent pixels there is little room for detail
    const double height = grain * contrast * draws.between(0.05, 0.3);
    add_octave({cell, {gain[0] * height, gain[1] * height, gain[2] * height}}, size, draws, sums);
  }
  return sums;
}

// A line is a thin box.
Sprite draw_figure(int side, Draws& draws) {
  const double radius = std::max(1.0, side / 64.0 * std::pow(8, draws.between(0, 1)));
  const bool line = draws.chance(0.25);
  const double angle = draws.between(0, std::numbers::pi);
  Sprite figure = draw_sprite(radius, draws);
  if (line) {
    const Sprite plain = make_box(2 * radius, std::max(0.7, radius / 12), angle);
    figure.radius = plain.radius;
    figure.edge_count = plain.edge_count;
    figure.edges = plain.edges;
  }
  figure.opacity = 140 + draws.below(117);
  return figure;
}

}  // namespace

Picture paint_scene(uint64_t seed, const FrameSize& size) {
  check_frame_size("scene", size);
  Draws draws(seed, "scene");
  const std::vector<int> noise = paint_noise(size, draws);
  Picture picture{size.height, size.width, std::vector<uint8_t>(size.bytes())};
  std::transform(noise.begin(), noise.end(), picture.rgb.begin(),
                 [](int sum) { return static_cast<uint8_t>(std::clamp(sum / kOne, 0, 255)); });

  const int figures = 24 + draws.below(25);
  for (int i = 0; i < figures; ++i) {
    const Sprite figure = draw_figure(std::min(size.height, size.width), draws);
    const double x = draws.between(0, size.width), y = draws.between(0, size.height);
    paint_sprite(figure, {x, y}, picture.rgb, size);
  }
  return picture;
}

Picture paint_dim_scene(uint64_t seed, const FrameSize& size) {
  Picture picture = paint_scene(seed, size);
  for (size_t i = 0; i < picture.rgb.size(); i += 3) {
    const int grey = (picture.rgb[i] + picture.rgb[i + 1] + picture.rgb[i + 2]) / 3;
    for (size_t c = 0; c < 3; ++c) picture.rgb[i + c] = static_cast<uint8_t>(40 + (5 * grey + picture.rgb[i + c]) / 12);
  }
  return picture;
}

}  // namespace trecvit
