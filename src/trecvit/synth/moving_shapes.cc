#include "trecvit/synth/moving_shapes.h"

#include <algorithm>
#include <cstring>

#include "trecvit/base/error.h"
#include "trecvit/base/random.h"
#include "trecvit/synth/texture.h"

namespace trecvit {
namespace {

constexpr int kSub = 16;  // sub-pixels per pixel
constexpr int kMaxShapes = 16;

constexpr std::array<Rgb, 8> kPalette = {{
    {230, 40, 40},
    {50, 200, 60},
    {60, 90, 240},
    {240, 220, 50},
    {230, 80, 220},
    {60, 220, 220},
    {250, 150, 40},
    {245, 245, 245},
}};

// Whether the point (x, y), relative to the center, belongs to a shape of radius r; all in sub-pixels.
bool covers(ShapeKind kind, int x, int y, int r) {
  const int64_t distance = int64_t{x} * x + int64_t{y} * y, square = int64_t{r} * r;
  switch (kind) {
    case ShapeKind::kDisc:
      return distance <= square;
    case ShapeKind::kSquare:
      return std::abs(x) <= r && std::abs(y) <= r;
    case ShapeKind::kTriangle:
      return y <= r && 2 * std::abs(x) <= y + r;  // tip up
    case ShapeKind::kRing:
      return distance <= square && 4 * distance >= square;
  }
  return false;
}

}  // namespace

int MovingShapes::Track::at(int64_t t) const {
  if (range == 0) return low;
  const int64_t period = int64_t{2} * range;
  const int64_t phase = (start + speed * (t % period)) % period;
  return low + static_cast<int>(phase <= range ? phase : period - phase);
}

// The center stays a radius away from the borders; a shape that does not fit stays in the middle. Crossing the picture
// takes 25 to 75 frames.
MovingShapes::Track MovingShapes::make_track(int side, int radius, uint64_t start_bits, uint64_t speed_bits) {
  const int low = radius * kSub, range = (side - 2 * radius) * kSub;
  if (range <= 0) return {side * kSub / 2, 0, 0, 0};
  const int slowest = std::max(1, range / 75), fastest = std::max(1, range / 25);
  return {low, range, static_cast<int>(start_bits % (2 * static_cast<uint64_t>(range))),
          slowest + static_cast<int>(speed_bits % static_cast<uint64_t>(fastest - slowest + 1))};
}

MovingShapes::MovingShapes(const MovingShapesOptions& options) : size_(options.size) {
  check_frame_size("shapes", size_);
  if (options.shapes < 0 || options.shapes > kMaxShapes) {
    fail_usage("shapes", "expected 0 to {} shapes, got {}", kMaxShapes, options.shapes);
  }
  background_.resize(size_.bytes());
  paint_texture(options.seed, size_, background_);
  for (int i = 0; i < options.shapes; ++i) add_shape(options.seed, i);
}

void MovingShapes::add_shape(uint64_t seed, int index) {
  constexpr uint64_t kNumbers = 8;  // drawn per shape; some are unused
  const RandomStream random(seed, "shapes");
  const auto draw = [&](uint64_t which) { return random.bits(static_cast<uint64_t>(index) * kNumbers + which) >> 16; };
  const int side = std::min(size_.height, size_.width);
  const int radius = std::max(1, side / 10 + static_cast<int>(draw(0) % static_cast<uint64_t>(side / 16 + 1)));
  const uint64_t first_color = random.bits(~uint64_t{0}) >> 16;  // then in palette order: up to eight all differ
  shapes_.push_back({static_cast<ShapeKind>(draw(1) % kShapeKinds),
                     kPalette[(first_color + static_cast<uint64_t>(index)) % kPalette.size()], radius});
  x_.push_back(make_track(size_.width, radius, draw(2), draw(3)));
  y_.push_back(make_track(size_.height, radius, draw(4), draw(5)));
}

MovingShapes::Position MovingShapes::position(size_t shape, int64_t t) const {
  return {static_cast<double>(x_.at(shape).at(t)) / kSub, static_cast<double>(y_.at(shape).at(t)) / kSub};
}

void MovingShapes::render(int64_t t, std::span<uint8_t> rgb) const {
  TRECVIT_CHECK(t >= 0 && rgb.size() == size_.bytes());
  std::memcpy(rgb.data(), background_.data(), background_.size());
  for (size_t i = 0; i < shapes_.size(); ++i) paint(shapes_[i], x_[i].at(t), y_[i].at(t), rgb.data());
}

void MovingShapes::paint(const MovingShape& shape, int center_x, int center_y, uint8_t* rgb) const {
  const int radius = shape.radius * kSub;
  const int top = std::max(0, (center_y - radius) / kSub),
            bottom = std::min(size_.height - 1, (center_y + radius) / kSub);
  const int left = std::max(0, (center_x - radius) / kSub),
            right = std::min(size_.width - 1, (center_x + radius) / kSub);
  for (int y = top; y <= bottom; ++y) {
    uint8_t* row = rgb + (static_cast<ptrdiff_t>(y) * size_.width + left) * 3;
    for (int x = left; x <= right; ++x, row += 3) {
      const int dx = x * kSub + kSub / 2 - center_x, dy = y * kSub + kSub / 2 - center_y;
      if (covers(shape.kind, dx, dy, radius)) std::copy(shape.color.begin(), shape.color.end(), row);
    }
  }
}

}  // namespace trecvit
