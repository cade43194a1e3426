#include "trecvit/data/camera_clip.h"

#include <array>
#include <span>
#include <string_view>

#include "trecvit/base/error.h"
#include "trecvit/base/random.h"
#include "trecvit/data/rendered_clip.h"
#include "trecvit/data/visible_motion.h"
#include "trecvit/synth/camera_moves.h"
#include "trecvit/synth/camera_path.h"
#include "trecvit/synth/draws.h"

namespace trecvit {
namespace {

// Places in a picture that are tried to find a clip with enough detail.
constexpr int kPlaces = 16;
constexpr std::array<CameraMove, 4> kDirections = {CameraMove::kPanLeft, CameraMove::kPanRight, CameraMove::kTiltUp,
                                                   CameraMove::kTiltDown};

CameraMove move_of(CameraClasses classes, int64_t label) {
  const auto i = static_cast<size_t>(label);
  TRECVIT_CHECK(label >= 0 && i < (classes == CameraClasses::kTen ? kWordCount<CameraMove> : kDirections.size()));
  return classes == CameraClasses::kTen ? value_at<CameraMove>(i) : kDirections[i];
}

Clip render_camera_clip(const CameraClipOptions& options, uint64_t seed) {
  const ClipOptions& wanted = options.wanted;
  const int objects = Draws(seed, "objects").below(options.objects + 1);
  const CameraMoves moves({.seed = seed,
                           .size = rendered_size(wanted),
                           .move = move_of(options.classes, options.label),
                           .objects = objects,
                           .frames = wanted.clip.frames,
                           .picture = options.picture});
  Clip clip = render_clip(moves, wanted, options.label, camera_class_names(options.classes).size());
  if (wanted.motion_rows == 0) return clip;
  const auto rows = static_cast<int>(wanted.motion_rows), columns = static_cast<int>(wanted.motion_columns);
  const size_t floats = size_t{2} * rows * columns;
  clip.motion.resize(wanted.clip.frames * floats);
  for (int64_t t = 0; t < wanted.clip.frames; ++t) {
    moves.motion(t, rows, columns, std::span(clip.motion).subspan(t * floats, floats));
  }
  return clip;
}

}  // namespace

void check_camera_frames(CameraClasses classes, int64_t frames) {
  if (classes == CameraClasses::kDirections || frames <= kMostZoomFrames) return;
  fail_usage(kProceduralSet,
             "expected at most {} frames, after which a zoom reverses, got {}; classes=directions has no such limit",
             kMostZoomFrames, frames);
}

std::vector<std::string> camera_class_names(CameraClasses classes) {
  if (classes == CameraClasses::kTen) return words_for<CameraMove>();
  std::vector<std::string> chosen;
  for (CameraMove move : kDirections) chosen.emplace_back(word_of(move));
  return chosen;
}

Clip make_camera_clip(const CameraClipOptions& options) {
  check_rendered_clip(options.wanted);
  check_camera_frames(options.classes, options.wanted.clip.frames);
  if (options.objects < 0 || options.objects > kMaxCameraObjects) {
    fail_usage(kProceduralSet, "expected 0 to {} objects, got {}", kMaxCameraObjects, options.objects);
  }
  const FrameSize size = rendered_size(options.wanted);
  const RandomStream others(options.seed, "other places");
  Clip clip;
  // If no place in the picture has enough detail, the last one tried is used.
  for (int attempt = 0; attempt < kPlaces; ++attempt) {
    clip = render_camera_clip(options, attempt == 0 ? options.seed : others.bits(static_cast<uint64_t>(attempt)));
    const std::span<const uint8_t> pixels(clip.pixels);
    if (has_something_to_see(pixels.first(size.bytes()), size) && has_something_to_see(pixels.last(size.bytes()), size))
      break;
  }
  return clip;
}

}  // namespace trecvit
