#include "trecvit/synth/shape_events.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "trecvit/base/error.h"
#include "trecvit/synth/texture.h"

namespace trecvit {
namespace {

constexpr std::string_view kShapeEventsName = "shape_events";
constexpr std::array<std::string_view, kShapeEventClasses> kOrderClasses = {"red_first", "blue_first"};
constexpr std::array<std::string_view, kShapeEventClasses> kOcclusionClasses = {"red_behind", "blue_behind"};

ShapeEventsOptions checked(const ShapeEventsOptions& options) {
  check_frame_size(kShapeEventsName, options.size);
  if (options.frames < 2 || options.frames > kMaxShapeEventFrames) {
    fail_usage(kShapeEventsName, "expected 2 to {} frames, got {}", kMaxShapeEventFrames, options.frames);
  }
  TRECVIT_CHECK(options.label >= 0 && options.label < kShapeEventClasses);
  return options;
}

// A red or a blue figure.
Sprite red_or_green_figure(bool red, double radius, Draws& draws) {
  Sprite figure = draw_sprite(radius, draws);
  const auto strong = static_cast<uint8_t>(200 + draws.below(56)), green = static_cast<uint8_t>(draws.below(90));
  const auto weak = static_cast<uint8_t>(draws.below(50));
  figure.color = red ? Rgb{strong, green, weak} : Rgb{weak, green, strong};
  for (size_t c = 0; c < 3; ++c) figure.stripe_color[c] = static_cast<uint8_t>(figure.color[c] * 3 / 5);
  return figure;
}

std::array<double, 2> toward(double angle, double length) {
  return {length * std::cos(angle), length * std::sin(angle)};
}

}  // namespace

std::span<const std::string_view> shape_event_classes(ShapeEvent event) {
  return event == ShapeEvent::kOrder ? kOrderClasses : kOcclusionClasses;
}

ShapeEvents::ShapeEvents(const ShapeEventsOptions& options)
    : options_(checked(options)), background_(paint_dim_scene(options.seed, options.size)) {
  Draws draws(options.seed, "shape events");
  const double side = std::min(options.size.height, options.size.width);
  for (int i = 0; i < 2; ++i) figures_[i] = red_or_green_figure(i == 0, side * draws.between(0.12, 0.2), draws);
  options.event == ShapeEvent::kOrder ? draw_order(draws) : draw_occlusion(draws);
}

// One event in each half of the clip, both of the same length, so that the two can be swapped.
void ShapeEvents::draw_order(Draws& draws) {
  const FrameSize size = options_.size;
  const int half = static_cast<int>(options_.frames / 2);
  const int shortest = (half + 1) / 2;
  length_ = shortest + draws.below(half - shortest + 1);
  const int room = half - static_cast<int>(length_);
  beginnings_[0] = draws.below(room + 1);
  beginnings_[1] = options_.frames - half + draws.below(room + 1);
  const double side = std::min(size.height, size.width);
  for (Track& track : tracks_) {
    const double x = size.width * draws.between(0.2, 0.8), y = size.height * draws.between(0.2, 0.8);
    const double angle = draws.between(0, 2 * std::numbers::pi), way = side * draws.between(0.1, 0.25);
    track = {{x, y}, toward(angle, way / static_cast<double>(length_))};
  }
}

// Both figures are at nearly the same place at one time in the middle of the clip, coming from different directions.
void ShapeEvents::draw_occlusion(Draws& draws) {
  const FrameSize size = options_.size;
  const auto frames = static_cast<double>(options_.frames);
  const double side = std::min(size.height, size.width);
  const double meeting = std::round((frames - 1) * draws.between(0.35, 0.65));
  const double x = size.width * draws.between(0.4, 0.6), y = size.height * draws.between(0.4, 0.6);
  double angle = draws.between(0, 2 * std::numbers::pi);
  for (Track& track : tracks_) {
    const std::array<double, 2> speed = toward(angle, side * draws.between(0.6, 1.0) / frames);
    const double apart = side * draws.between(0, 0.04), toward_apart = draws.between(0, 2 * std::numbers::pi);
    const std::array<double, 2> off = toward(toward_apart, apart);
    track = {{x + off[0] - speed[0] * meeting, y + off[1] - speed[1] * meeting}, speed};
    angle += std::numbers::pi * draws.between(0.4, 1.6);
  }
}

void ShapeEvents::render(int64_t t, std::span<uint8_t> rgb) const {
  TRECVIT_CHECK(t >= 0 && rgb.size() == options_.size.bytes());
  std::copy(background_.rgb.begin(), background_.rgb.end(), rgb.begin());
  const int64_t time = t % options_.frames;
  if (options_.event == ShapeEvent::kOrder) return render_order(time, rgb);
  const int behind = options_.label;
  for (const int i : {behind, 1 - behind}) {
    paint_sprite(figures_[i], tracks_[i].at(static_cast<double>(time)), rgb, options_.size);
  }
}

void ShapeEvents::render_order(int64_t time, std::span<uint8_t> rgb) const {
  for (int turn = 0; turn < 2; ++turn) {
    const int64_t since = time - beginnings_[turn];
    if (since < 0 || since >= length_) continue;
    const int figure = turn == options_.label ? 0 : 1;
    paint_sprite(figures_[figure], tracks_[figure].at(static_cast<double>(since)), rgb, options_.size);
  }
}

}  // namespace trecvit
