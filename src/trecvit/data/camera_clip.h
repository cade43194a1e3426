// A clip of a virtual camera that moves over a picture (synth/camera_moves.h), with labels and image motion.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "trecvit/base/words.h"
#include "trecvit/data/clip_dataset.h"
#include "trecvit/synth/picture.h"

namespace trecvit {

enum class CameraClasses {
  kTen,         // every CameraMove
  kDirections,  // pan_left, pan_right, tilt_up, tilt_down
};
constexpr auto enum_words(CameraClasses) {
  return make_words<CameraClasses>({{"ten", CameraClasses::kTen}, {"directions", CameraClasses::kDirections}});
}
std::vector<std::string> camera_class_names(CameraClasses classes);
// Throws Error(kUsage) if the classes are not valid for that many frames.
void check_camera_frames(CameraClasses classes, int64_t frames);

struct CameraClipOptions {
  std::shared_ptr<const Picture> picture =
      nullptr;  // the plane, best 2 to 4 times the view's side (CameraMovesOptions)
  CameraClasses classes = CameraClasses::kTen;
  int64_t label = 0;   // index into camera_class_names
  uint64_t seed = 1;   // for everything random in the clip
  int objects = 3;     // maximum; the number that move on their own is drawn from 0 to this
  ClipOptions wanted;  // frames, size, and the targets and motion requested
};
// A clip of the camera moving over a picture: pixels, label, targets (the clip's class in every frame), and motion if
// wanted.motion_rows > 0. If the view shows too little detail to recognize any move (data/visible_motion.h), another
// place in the picture is tried; at most 16 places in all. A pure function of its arguments; thread-safe. Throws
// Error(kUsage) for an impossible size, number of frames or of objects.
Clip make_camera_clip(const CameraClipOptions& options);

}  // namespace trecvit
