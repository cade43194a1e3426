#include "trecvit/synth/camera_moves.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "trecvit/base/error.h"
#include "trecvit/synth/texture.h"

namespace trecvit {
namespace {

constexpr std::string_view kCameraMovesName = "camera_moves";
constexpr double kMaxJitter = 8;

FrameSize checked_size(const CameraMovesOptions& options) {
  check_frame_size(kCameraMovesName, options.size);
  if (options.objects < 0 || options.objects > kMaxCameraObjects) {
    fail_usage(kCameraMovesName, "expected 0 to {} objects, got {}", kMaxCameraObjects, options.objects);
  }
  if (!(options.jitter >= 0 && options.jitter <= kMaxJitter)) {
    fail_usage(kCameraMovesName, "expected a jitter of 0 to {} pixels, got {}", kMaxJitter, options.jitter);
  }
  if (options.frames < 1) fail_usage(kCameraMovesName, "expected at least one frame, got {}", options.frames);
  return options.size;
}

std::shared_ptr<const Picture> picture_of(const CameraMovesOptions& options) {
  if (options.picture) return options.picture;
  return std::make_shared<const Picture>(paint_scene(options.seed, scene_size(options.size)));
}

CameraPathOptions path_options(const CameraMovesOptions& options, const Picture& picture) {
  return {.move = options.move,
          .seed = options.seed,
          .view = options.size,
          .plane = {picture.height, picture.width},
          .jitter = options.jitter,
          .frames = options.frames};
}

// Back and forth between 0 and `range`.
double folded(double at, double range) {
  const double phase = std::abs(std::fmod(at, 2 * range));
  return phase <= range ? phase : 2 * range - phase;
}

}  // namespace

FrameSize scene_size(const FrameSize& view) {
  const int side = std::min(kMaxSynthSide, kSceneSides * std::max(view.height, view.width));
  return {side, side};
}

CameraMoves::CameraMoves(const CameraMovesOptions& options)
    : size_(checked_size(options)),
      move_(options.move),
      picture_(picture_of(options)),
      path_(path_options(options, *picture_)) {
  Draws draws(options.seed, "camera moves");
  draw_tones(draws);
  for (int i = 0; i < options.objects; ++i) add_object(draws);
}

void CameraMoves::draw_tones(Draws& draws) {
  const double contrast = draws.between(0.75, 1.2), brightness = draws.between(-25, 25);
  for (auto& channel : tones_) {
    const double tint = draws.between(-12, 12);
    for (int value = 0; value < 256; ++value) {
      const double tone = 128 + (value - 128) * contrast + brightness + tint;
      channel[value] = static_cast<uint8_t>(std::clamp(tone, 0.0, 255.0));
    }
  }
}

void CameraMoves::add_object(Draws& draws) {
  const double side = std::min(size_.height, size_.width);
  const double radius = side * draws.between(0.08, 0.18);
  const double speed = side / 64 * draws.between(0.5, 2.5);
  const double direction = 2 * std::numbers::pi * draws.between(0, 1);
  const double x = draws.between(0, size_.width), y = draws.between(0, size_.height);
  objects_.push_back({draw_sprite(radius, draws), {x, y}, {speed * std::cos(direction), speed * std::sin(direction)}});
}

Point CameraMoves::object_center(size_t object, int64_t t) const {
  const auto& [sprite, start, speed] = objects_.at(object);
  const auto time = static_cast<double>(t);
  return {folded(start.x + speed.x * time, size_.width), folded(start.y + speed.y * time, size_.height)};
}

void CameraMoves::render(int64_t t, std::span<uint8_t> rgb) const {
  TRECVIT_CHECK(t >= 0 && rgb.size() == size_.bytes());
  render_view(*picture_, path_.at(t), rgb, size_);
  for (size_t i = 0; i < objects_.size(); ++i) {
    const Point center = object_center(i, t);
    paint_sprite(objects_[i].sprite, {center.x, center.y}, rgb, size_);
  }
  for (size_t i = 0; i < rgb.size(); i += 3) {
    for (size_t c = 0; c < 3; ++c) rgb[i + c] = tones_[c][rgb[i + c]];
  }
}

Point CameraMoves::motion_at(int64_t t, const std::array<View, 2>& views, const Point& at) const {
  for (size_t i = objects_.size(); i-- > 0;) {
    const Point center = object_center(i, t), before = object_center(i, t - 1);
    if (objects_[i].sprite.covers(static_cast<float>(at.x - center.x), static_cast<float>(at.y - center.y))) {
      return {center.x - before.x, center.y - before.y};
    }
  }
  return motion_between(views[0], views[1], at, size_);
}

void CameraMoves::motion(int64_t t, int rows, int columns, std::span<float> out) const {
  TRECVIT_CHECK(t >= 0 && rows >= 1 && columns >= 1 && out.size() == size_t{2} * rows * columns);
  std::fill(out.begin(), out.end(), 0.0F);
  if (t == 0) return;
  const std::array<View, 2> views = {path_.at(t - 1), path_.at(t)};
  size_t i = 0;
  for (int row = 0; row < rows; ++row) {
    for (int column = 0; column < columns; ++column) {
      const Point middle{(column + 0.5) * size_.width / columns, (row + 0.5) * size_.height / rows};
      const Point moved = motion_at(t, views, middle);
      out[i++] = static_cast<float>(moved.x);
      out[i++] = static_cast<float>(moved.y);
    }
  }
}

}  // namespace trecvit
