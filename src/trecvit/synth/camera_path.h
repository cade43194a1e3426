// The moves of a virtual camera: its view at any time is a pure function of the time, the move and a seed.
#pragma once

#include <cstdint>

#include "trecvit/base/random.h"
#include "trecvit/base/words.h"
#include "trecvit/synth/virtual_camera.h"

namespace trecvit {

// What the camera does, and what the picture then does in the view. Speeds are drawn from the seed once per path.
// Pixels are pixels of the view; "at 64" means in a view whose shorter side is 64, and the value grows with that side.
enum class CameraMove {
  kStatic,     // nothing moves
  kPanLeft,    // the camera turns left: everything moves right, 0.6 to 2.5 pixels per frame at 64
  kPanRight,   // everything moves left
  kTiltUp,     // the camera turns up: everything moves down, at the same speeds
  kTiltDown,   // everything moves up
  kZoomIn,     // everything grows away from the middle, 1.5 to 5 % per frame
  kZoomOut,    // everything shrinks towards the middle
  kRollLeft,   // camera turns anticlockwise: everything turns clockwise about the middle, 1.5 to 5 degrees per frame
  kRollRight,  // everything turns anticlockwise
  kShake,      // everything jumps about a fixed place, 1 to 2.5 pixels per frame at 64 on average, without drift
};
constexpr auto enum_words(CameraMove) {
  return make_words<CameraMove>({{"static", CameraMove::kStatic},
                                 {"pan_left", CameraMove::kPanLeft},
                                 {"pan_right", CameraMove::kPanRight},
                                 {"tilt_up", CameraMove::kTiltUp},
                                 {"tilt_down", CameraMove::kTiltDown},
                                 {"zoom_in", CameraMove::kZoomIn},
                                 {"zoom_out", CameraMove::kZoomOut},
                                 {"roll_left", CameraMove::kRollLeft},
                                 {"roll_right", CameraMove::kRollRight},
                                 {"shake", CameraMove::kShake}});
}

// The largest number of frames for which a zoom is slowed down so as not to turn back; a slower zoom would not be seen.
inline constexpr int64_t kMostZoomFrames = 64;

struct CameraPathOptions {
  CameraMove move = CameraMove::kStatic;
  uint64_t seed = 1;
  FrameSize view = {}, plane = {};  // sizes of the view and of the picture
  double jitter = 0;                // pixels at 64 by which each view of any move is off at most, at random
  // A zoom is slow enough not to turn back within this many frames, or kMostZoomFrames if that is less.
  int64_t frames = 16;
};

// The start is anywhere on the plane, including its flips, at a scale of 0.8 to 1.25 and turned by up to 9 degrees
// either way. A zoom runs back and forth between scales of 0.3 and 3, so that it never ends either; all other moves go
// on forever.
class CameraPath {
 public:
  explicit CameraPath(const CameraPathOptions& options);
  View at(int64_t t) const;  // t >= 0
  // The number of frames, from the first one, that show the move and not its reverse; if unlimited, the largest
  // int64_t.
  int64_t labelled_frames() const;

 private:
  Point offset(int64_t t, double reach) const;

  CameraMove move_;
  RandomStream shake_;
  View start_;
  double speed_ = 0;   // of the move, per frame: pixels of the view, logarithm of the scale, or radians
  double jitter_ = 0;  // pixels of the view
};

}  // namespace trecvit
