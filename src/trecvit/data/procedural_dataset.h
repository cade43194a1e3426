// Sets of clips that are made and not read, with labels and image motion known exactly:
//
//   camera_moves?classes=ten|directions&objects=3&pool=64&seed=1   what a virtual camera does (synth/camera_path.h)
//   shape_events?event=order|occlusion&seed=1                      what two figures do (synth/shape_events.h)
//   shape_row?ask=first|previous&seed=1                            which figure came first, or in the frame before: a
//                                                                  label of its own for every frame (synth/shape_row.h)
//
// Training clips are new in every epoch: each is a pure function of the source's seed, Draw::seed, the epoch and its
// index. Testing clips are one of the source's seed and the index alone, and differ from every training clip, the
// pictures behind them included. The class of sample i is i modulo the number of classes. Clips are consecutive frames,
// whatever ClipConfig::sampling and stride say; AugmentConfig is not applied.
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
// Throws Error(kUsage) where the classes do not hold for so many frames.
void check_camera_frames(CameraClasses classes, int64_t frames);

struct CameraClipOptions {
  std::shared_ptr<const Picture> picture =
      nullptr;  // the plane, best 2 to 4 times the view's side (CameraMovesOptions)
  CameraClasses classes = CameraClasses::kTen;
  int64_t label = 0;  // index into camera_class_names
  uint64_t seed = 1;  // of all that is random in the clip
  int objects = 3;    // that move on their own, at most: 0 to so many, drawn from the seed
  ClipOptions clip;   // frames, size, targets and motion wanted
};
// A clip of the camera's move over a picture: pixels, label, targets (the clip's class in every frame), motion if
// clip.motion_rows > 0. Where the view shows too little to tell any move (data/visible_motion.h), another place of the
// picture is taken, up to 16 times. A pure function of its arguments; thread-safe. Throws Error(kUsage) for an
// impossible size, number of frames or of objects.
Clip make_camera_clip(const CameraClipOptions& options);

// text: one of the above, with or without "synthetic:" in front. The set has data.clips samples, or 1000 where that is
// 0, at most data.limit where that is not 0. pool: painted pictures that clips of camera_moves share, three times the
// view's longer side, made when first used. Only camera_moves knows motion. Throws Error(kUsage) naming the known sets,
// parameters or values where the text is wrong, and for a pool or a clip that is too large.
std::unique_ptr<ClipDataset> make_procedural_dataset(std::string_view text, const DataConfig& data,
                                                     const ClipOptions& options);

}  // namespace trecvit
