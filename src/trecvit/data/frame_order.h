// Controls that remove the temporal order from a clip.
#pragma once

#include "trecvit/data/sample_order.h"

namespace trecvit {

struct Reordering {
  FrameOrder order = FrameOrder::kAsIs;
  int64_t frames = 1;          // T of the clips
  bool frame_targets = false;  // whether targets are [T, C]
  bool training = false;       // which frame kFrozen takes
};

// Puts the frames of a clip, and per-frame targets with them, in another order: a pure function of its arguments. Image
// motion is then unknown and is dropped, except for kAsIs.
void reorder_frames(Clip& clip, const Reordering& wanted, const Choice& choice);

}  // namespace trecvit
