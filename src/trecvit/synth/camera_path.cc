#include "trecvit/synth/camera_path.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "trecvit/base/error.h"
#include "trecvit/synth/draws.h"

namespace trecvit {
namespace {

constexpr double kClosest = 0.3, kFarthest = 3;  // scales between which a zoom runs
constexpr double kDegree = std::numbers::pi / 180;

// How far a zoom can go from its start, as the logarithm of the scale.
double zoom_room(CameraMove move, double scale) {
  return move == CameraMove::kZoomIn ? std::log(scale / kClosest) : std::log(kFarthest / scale);
}

// The scale after moving by `travel` in the logarithm, back and forth between the ends.
double zoomed(CameraMove move, double scale, double travel) {
  const double range = std::log(kFarthest / kClosest);
  const double phase = std::fmod(range - zoom_room(move, scale) + travel, 2 * range);
  const double along = phase <= range ? phase : 2 * range - phase;
  return move == CameraMove::kZoomIn ? kFarthest * std::exp(-along) : kClosest * std::exp(along);
}

// unit: pixels of the view that correspond to one pixel at 64.
double draw_speed(CameraMove move, double unit, Draws& draws) {
  switch (move) {
    case CameraMove::kStatic:
      return 0;
    case CameraMove::kZoomIn:
    case CameraMove::kZoomOut:
      return std::log1p(draws.between(0.015, 0.05));
    case CameraMove::kRollLeft:
    case CameraMove::kRollRight:
      return draws.between(1.5, 5) * kDegree;
    case CameraMove::kShake:
      return draws.between(1, 2.5) * unit;
    default:
      return draws.between(0.6, 2.5) * unit;
  }
}

// `view` moved by (x, y) pixels of the view, along its own axes.
View moved(View view, double x, double y) {
  const double cosine = std::cos(view.angle), sine = std::sin(view.angle);
  view.x += view.scale * (cosine * x - sine * y);
  view.y += view.scale * (sine * x + cosine * y);
  return view;
}

}  // namespace

CameraPath::CameraPath(const CameraPathOptions& options) : move_(options.move), shake_(options.seed, "camera shake") {
  TRECVIT_CHECK(options.frames >= 1 && options.jitter >= 0);
  Draws draws(options.seed, "camera path");
  const double unit = std::min(options.view.height, options.view.width) / 64.0;
  start_.x = draws.between(0, 2.0 * options.plane.width);
  start_.y = draws.between(0, 2.0 * options.plane.height);
  start_.scale = 0.8 * std::pow(1.25 / 0.8, draws.between(0, 1));
  start_.angle = draws.between(-9, 9) * kDegree;
  speed_ = draw_speed(move_, unit, draws);
  jitter_ = options.jitter * unit;
  if (move_ == CameraMove::kZoomIn || move_ == CameraMove::kZoomOut) {
    const auto steps = static_cast<double>(std::min(options.frames, kMostZoomFrames));
    speed_ = std::min(speed_, zoom_room(move_, start_.scale) / steps);
  }
}

// A random point in a ring around zero, from half the reach to all of it: the distance between consecutive points is
// then about the reach on average.
Point CameraPath::offset(int64_t t, double reach) const {
  const double angle = 2 * std::numbers::pi * shake_.unit(2 * static_cast<uint64_t>(t));
  const double length = reach * (0.5 + 0.5 * shake_.unit(2 * static_cast<uint64_t>(t) + 1));
  return {length * std::cos(angle), length * std::sin(angle)};
}

View CameraPath::at(int64_t t) const {
  TRECVIT_CHECK(t >= 0);
  const double travel = speed_ * static_cast<double>(t);
  View view = start_;
  switch (move_) {
    case CameraMove::kStatic:
      break;
    case CameraMove::kPanLeft:
    case CameraMove::kPanRight:
      view = moved(view, move_ == CameraMove::kPanRight ? travel : -travel, 0);
      break;
    case CameraMove::kTiltUp:
    case CameraMove::kTiltDown:
      view = moved(view, 0, move_ == CameraMove::kTiltDown ? travel : -travel);
      break;
    case CameraMove::kZoomIn:
    case CameraMove::kZoomOut:
      view.scale = zoomed(move_, view.scale, travel);
      break;
    case CameraMove::kRollLeft:
    case CameraMove::kRollRight:
      view.angle += move_ == CameraMove::kRollRight ? travel : -travel;
      break;
    case CameraMove::kShake: {
      const Point shake = offset(t, speed_);
      view = moved(view, shake.x, shake.y);
    }
  }
  if (jitter_ == 0) return view;
  const Point jitter = offset(~t, jitter_);
  return moved(view, jitter.x, jitter.y);
}

int64_t CameraPath::labelled_frames() const {
  if (move_ != CameraMove::kZoomIn && move_ != CameraMove::kZoomOut) return std::numeric_limits<int64_t>::max();
  return static_cast<int64_t>(zoom_room(move_, start_.scale) / speed_) + 1;
}

}  // namespace trecvit
