#include "trecvit/synth/virtual_camera.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "trecvit/base/error.h"

namespace trecvit {
namespace {

constexpr int kFraction = 32;  // fractional bits of a coordinate
constexpr int kWeight = 8;     // bits of a bilinear weight
constexpr int kWhole = 1 << kWeight;

// A coordinate of the mirrored plane, an integer in [0, period): it repeats after twice the side.
class MirrorAxis {
 public:
  explicit MirrorAxis(int side) : side_(side), period_(int64_t{2} * side << kFraction) {}

  // A coordinate or a step, in pixels.
  int64_t wrap(double pixels) const {
    double rest = std::fmod(pixels, 2.0 * side_);
    if (rest < 0) rest += 2.0 * side_;
    const auto fixed = static_cast<int64_t>(rest * (int64_t{1} << kFraction));
    return fixed >= period_ ? fixed - period_ : fixed;
  }
  int64_t add(int64_t at, int64_t step) const {
    const int64_t sum = at + step;
    return sum >= period_ ? sum - period_ : sum;
  }
  int first(int64_t at) const { return mirror(static_cast<int>(at >> kFraction)); }
  int second(int64_t at) const { return mirror(static_cast<int>(at >> kFraction) + 1); }
  static int weight(int64_t at) { return static_cast<int>(at >> (kFraction - kWeight)) & (kWhole - 1); }

 private:
  int mirror(int index) const { return index < side_ ? index : std::max(0, 2 * side_ - 1 - index); }
  int side_;
  int64_t period_;
};

struct FixedPoint {
  int64_t x, y;
};

// Adds the bilinear value at a point, times kWhole * kWhole.
class Sampler {
 public:
  explicit Sampler(const Picture& picture)
      : x_axis(picture.width), y_axis(picture.height), rgb_(picture.rgb.data()), row_(ptrdiff_t{3} * picture.width) {}

  void add(const FixedPoint& at, std::array<int, 3>& sum) const {
    const uint8_t *top = rgb_ + y_axis.first(at.y) * row_, *bottom = rgb_ + y_axis.second(at.y) * row_;
    const int left = 3 * x_axis.first(at.x), right = 3 * x_axis.second(at.x);
    const int wx = MirrorAxis::weight(at.x), wy = MirrorAxis::weight(at.y);
    const int w11 = wx * wy, w10 = wx * kWhole - w11, w01 = wy * kWhole - w11;
    const int w00 = kWhole * kWhole - w11 - w10 - w01;
    for (int c = 0; c < 3; ++c) {
      sum[c] += top[left + c] * w00 + top[right + c] * w10 + bottom[left + c] * w01 + bottom[right + c] * w11;
    }
  }
  FixedPoint step(const FixedPoint& at, const FixedPoint& by) const {
    return {x_axis.add(at.x, by.x), y_axis.add(at.y, by.y)};
  }
  // Shifted by half a pixel: sample (0, 0) is at the middle of the first pixel.
  FixedPoint sample_point(const Point& at) const { return {x_axis.wrap(at.x - 0.5), y_axis.wrap(at.y - 0.5)}; }
  FixedPoint vector(double x, double y) const { return {x_axis.wrap(x), y_axis.wrap(y)}; }

  MirrorAxis x_axis, y_axis;

 private:
  const uint8_t* rgb_;
  ptrdiff_t row_;
};

// Renders one row with kSamples samples per pixel. at: their points in the first pixel.
template <size_t kSamples>
void render_row(const Sampler& sampler, std::array<FixedPoint, kSamples> at, const FixedPoint& step,
                std::span<uint8_t> row) {
  constexpr int kShift = 2 * kWeight + (kSamples == 4 ? 2 : 0);
  for (size_t i = 0; i < row.size(); i += 3) {
    std::array<int, 3> sum{};
    for (FixedPoint& sample : at) {
      sampler.add(sample, sum);
      sample = sampler.step(sample, step);
    }
    for (size_t c = 0; c < 3; ++c) row[i + c] = static_cast<uint8_t>((sum[c] + (1 << (kShift - 1))) >> kShift);
  }
}

}  // namespace

Point to_plane(const View& view, const Point& at, const FrameSize& size) {
  const double x = at.x - size.width / 2.0, y = at.y - size.height / 2.0;
  const double cosine = std::cos(view.angle), sine = std::sin(view.angle);
  return {view.x + view.scale * (cosine * x - sine * y), view.y + view.scale * (sine * x + cosine * y)};
}

Point from_plane(const View& view, const Point& at, const FrameSize& size) {
  const double x = (at.x - view.x) / view.scale, y = (at.y - view.y) / view.scale;
  const double cosine = std::cos(view.angle), sine = std::sin(view.angle);
  return {size.width / 2.0 + cosine * x + sine * y, size.height / 2.0 - sine * x + cosine * y};
}

Point motion_between(const View& before, const View& after, const Point& at, const FrameSize& size) {
  const Point was = from_plane(before, to_plane(after, at, size), size);
  return {at.x - was.x, at.y - was.y};
}

void render_view(const Picture& picture, const View& view, std::span<uint8_t> rgb, const FrameSize& size) {
  TRECVIT_CHECK(rgb.size() == size.bytes() && picture.height >= 1 && picture.width >= 1);
  TRECVIT_CHECK(picture.rgb.size() == size_t{3} * picture.height * picture.width && view.scale > 0);
  const Sampler sampler(picture);
  const double across = view.scale * std::cos(view.angle), down = view.scale * std::sin(view.angle);
  const FixedPoint step = sampler.vector(across, down);
  const size_t row_bytes = size_t{3} * size.width;
  for (int y = 0; y < size.height; ++y) {
    const std::span<uint8_t> row = rgb.subspan(y * row_bytes, row_bytes);
    const auto start = [&](double dx, double dy) { return sampler.sample_point(to_plane(view, {dx, y + dy}, size)); };
    if (view.scale > kSupersampleScale) {
      render_row<4>(sampler, {start(0.25, 0.25), start(0.75, 0.25), start(0.25, 0.75), start(0.75, 0.75)}, step, row);
    } else {
      render_row<1>(sampler, {start(0.5, 0.5)}, step, row);
    }
  }
}

}  // namespace trecvit
