// Which frames of a video make a clip: pure functions of the number of frames and a random stream.
#pragma once

#include <cstdint>
#include <vector>

#include "trecvit/base/random.h"
#include "trecvit/config/train_config.h"

namespace trecvit {

struct FrameDraw {
  bool training = false;
  RandomStream random;  // of training; its first values are used
  int64_t view = 0;     // of testing: 0 to ClipConfig::views - 1
};

// T frames of a video of `frames` >= 1, in rising order.
//
// kStride: `stride` apart. Training starts anywhere from where the clip fits; testing spreads the starts of its views
// evenly, a single one is in the middle. A video that is too short starts at 0 and its last frame is repeated.
// kSpan: frame floor(begin + (i + 0.5) length / T). In training the length is a random part of the video, least_span to
// all of it, at a random begin; testing takes the whole, view v of V at (i + (v + 0.5) / V) in place of i + 0.5. A
// video of fewer than T frames shows some of them more than once.
std::vector<int64_t> choose_frames(int64_t frames, const ClipConfig& clip, const FrameDraw& draw);

// How fast a clip plays against others that it is to be told from.
struct Pace {
  int64_t speed = 1, fastest = 1;  // 1 <= speed <= fastest
};

// T frames of a video a constant step apart, floor(begin + i step): kStride gives the step stride * speed, kSpan
// speed / fastest of the step with which T frames cover the part of the video that it asks for. Steps of all speeds are
// made smaller by the same factor, down to fractions, until the fastest clip fits, so that no speed (and no direction)
// gives itself away by a last frame that stands still. Below a step of 1 frames repeat all over the clip: videos
// should have fastest * T frames. The begin is drawn as in choose_frames.
std::vector<int64_t> choose_paced_frames(int64_t frames, const ClipConfig& clip, const FrameDraw& draw,
                                         const Pace& pace);

}  // namespace trecvit
