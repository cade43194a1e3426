// Which frames of a video make a clip: pure functions of the number of frames and a random stream.
#pragma once

#include <cstdint>
#include <vector>

#include "trecvit/base/random.h"
#include "trecvit/config/train_config.h"

namespace trecvit {

struct FrameDraw {
  bool training = false;
  RandomStream random;  // for training; its first values are used
  int64_t view = 0;     // for testing: 0 to ClipConfig::views - 1
};

// T frames of a video with `frames` >= 1, in ascending order.
//
// kStride: `stride` frames apart. Training starts at any frame from which the clip fits; testing spreads the starts of
// its views evenly, and a single view is in the middle. A video that is too short starts at 0, and its last frame is
// repeated.
// kSpan: frame floor(begin + (i + 0.5) length / T). In training, length is a random part of the video, from least_span
// to all of it, at a random begin. Testing uses the whole video; for view v of V, i + (v + 0.5) / V replaces i + 0.5.
// If a video has fewer than T frames, some appear more than once.
std::vector<int64_t> choose_frames(int64_t frames, const ClipConfig& clip, const FrameDraw& draw);

// Playback speed of a clip, relative to the clips it must be distinguished from.
struct Pace {
  int64_t speed = 1, fastest = 1;  // 1 <= speed <= fastest
};

// T frames of a video at a constant step: floor(begin + i step). With kStride the step is stride * speed; with kSpan it
// is speed / fastest of the step at which T frames cover the requested part of the video. The steps of all speeds are
// reduced by the same factor, possibly to fractions, until the fastest clip fits, so that no speed (and no direction)
// is revealed by a repeated last frame. If the step is below 1, frames repeat throughout the clip: videos should have
// fastest * T frames. The begin is drawn as in choose_frames.
std::vector<int64_t> choose_paced_frames(int64_t frames, const ClipConfig& clip, const FrameDraw& draw,
                                         const Pace& pace);

}  // namespace trecvit
