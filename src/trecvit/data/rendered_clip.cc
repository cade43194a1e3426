#include "trecvit/data/rendered_clip.h"

#include <span>

#include "trecvit/base/error.h"

namespace trecvit {
namespace {

constexpr int64_t kMaxRenderedFrames = 4096;
constexpr size_t kMaxRenderedBytes = size_t{1} << 30;

}  // namespace

FrameSize rendered_size(const ClipOptions& clip) {
  if (clip.height < 1 || clip.width < 1 || clip.height > kMaxSynthSide || clip.width > kMaxSynthSide) {
    fail_usage(kProceduralSet, "expected clips of 1x1 to {0}x{0} pixels, got {1}x{2}", kMaxSynthSide, clip.height,
               clip.width);
  }
  return {static_cast<int>(clip.height), static_cast<int>(clip.width)};
}

void check_rendered_clip(const ClipOptions& clip) {
  const FrameSize size = rendered_size(clip);
  const int64_t frames = clip.clip.frames;
  if (frames < 2 || frames > kMaxRenderedFrames)
    fail_usage(kProceduralSet, "expected 2 to {} frames, got {}", kMaxRenderedFrames, frames);
  if (frames * size.bytes() > kMaxRenderedBytes) {
    fail_usage(kProceduralSet,
               "expected a clip of at most {} bytes, got {} frames of {}x{}; ask for fewer or smaller frames",
               kMaxRenderedBytes, frames, size.height, size.width);
  }
}

Clip render_clip(const FrameGenerator& generator, const ClipOptions& options, int64_t label, size_t classes) {
  const int64_t frames = options.clip.frames;
  const size_t bytes = rendered_size(options).bytes();
  Clip clip;
  clip.label = label;
  clip.pixels.resize(frames * bytes);
  for (int64_t t = 0; t < frames; ++t) generator.render(t, std::span(clip.pixels).subspan(t * bytes, bytes));
  const int64_t rows = options.frame_targets ? frames : 1;
  clip.targets.assign(rows * classes, 0.0F);
  for (int64_t row = 0; row < rows; ++row) clip.targets[row * classes + label] = 1;
  return clip;
}

}  // namespace trecvit
