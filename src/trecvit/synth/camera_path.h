// The moves of a virtual camera: where it looks at every time, a pure function of the time, the move and a seed.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "trecvit/base/random.h"
#include "trecvit/synth/virtual_camera.h"

namespace trecvit {

// What the camera does, and what the picture then does in the view. Speeds are drawn from the seed once a path; a
// pixel is one of the view, "at 64" means that it grows with the shorter side of the view.
enum class CameraMove {
  kStatic,     // nothing moves
  kPanLeft,    // the camera turns left: everything moves right, 0.6 to 2.5 pixels a frame at 64
  kPanRight,   // everything moves left
  kTiltUp,     // the camera turns up: everything moves down, as fast
  kTiltDown,   // everything moves up
  kZoomIn,     // everything grows away from the middle, 1.5 to 5 % a frame
  kZoomOut,    // everything shrinks towards the middle
  kRollLeft,   // the camera turns anticlockwise: everything turns clockwise about the middle, 1.5 to 5 degrees a frame
  kRollRight,  // everything turns anticlockwise
  kShake,      // everything jumps about a fixed place, 1 to 2.5 pixels a frame at 64 on average, with no drift
};
inline constexpr int kCameraMoves = 10;
// static, pan_left and so on, in the order of the enum.
std::span<const std::string_view> camera_move_names();

// A zoom may be slow enough not to turn back within so many frames; a slower one would not be seen.
inline constexpr int64_t kMostZoomFrames = 64;

struct CameraPathOptions {
  CameraMove move = CameraMove::kStatic;
  uint64_t seed = 1;
  FrameSize view = {}, plane = {};  // sizes of the view and of the picture
  double jitter = 0;                // pixels at 64 by which each view of any move is off at most, at random
  // A zoom is slow enough not to turn back within so many frames, or kMostZoomFrames if that is less.
  int64_t frames = 16;
};

// The start is anywhere on the plane, flips included, at a scale of 0.8 to 1.25 and turned by up to 9 degrees either
// way. A zoom runs between scales of 0.3 and 3: having arrived at one of them it goes back to the other and so on, so
// that it never ends either; all other moves go on for ever.
class CameraPath {
 public:
  explicit CameraPath(const CameraPathOptions& options);
  View at(int64_t t) const;  // t >= 0
  // So many frames from the first one on show the move and not its reverse; without end: the largest int64_t.
  int64_t labelled_frames() const;

 private:
  Point offset(int64_t t, double reach) const;

  CameraMove move_;
  RandomStream shake_;
  View start_;
  double speed_ = 0;   // of the move: pixels of the view, logarithm of the scale, or radians a frame
  double jitter_ = 0;  // pixels of the view
};

}  // namespace trecvit
