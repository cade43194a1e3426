// Sets of clips that are generated, not read, with exactly known labels and image motion:
//
//   camera_moves?classes=ten|directions&objects=3&pool=64&seed=1   what a virtual camera does (synth/camera_path.h)
//   shape_events?event=order|occlusion&seed=1                      what two figures do (synth/shape_events.h)
//   shape_row?ask=first|previous&seed=1                            which figure came first, or in the previous frame: a
//                                                                  separate label for every frame (synth/shape_row.h)
//
// Training clips are new in every epoch: each is a pure function of the source's seed, Draw::seed, the epoch and its
// index. Test clips depend only on the source's seed and the index, and differ from every training clip, including the
// pictures behind them. The class of sample i is i modulo the number of classes. Clips are consecutive frames, whatever
// ClipConfig::sampling and stride say; AugmentConfig is not applied.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "trecvit/data/clip_dataset.h"
#include "trecvit/synth/picture.h"

namespace trecvit {

enum class CameraClasses {
  kTen,         // every move of camera_move_names()
  kDirections,  // pan_left, pan_right, tilt_up, tilt_down
};
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

// text: one of the above, with or without the prefix "synthetic:". The set has data.clips samples, or 1000 if that is
// 0, and at most data.limit if that is not 0. pool: the number of painted pictures that camera_moves clips share, each
// three times the view's longer side, painted when first used. Only camera_moves knows motion. Throws Error(kUsage)
// naming the known sets, parameters or values if the text is wrong, and for a pool or a clip that is too large.
std::unique_ptr<ClipDataset> make_procedural_dataset(std::string_view text, const DataConfig& data,
                                                     const ClipOptions& options);

}  // namespace trecvit
