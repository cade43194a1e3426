// Whether a picture has enough detail to show motion: over a cloudless sky a pan looks like a camera at rest, and the
// label could not be predicted.
#pragma once

#include <cstdint>
#include <span>

#include "trecvit/synth/frame_generator.h"

namespace trecvit {

// Whether at least a quarter of the 8 x 8 cells of a frame rgb [H, W, 3] vary by 24 grey levels or more within the
// cell. Always true for frames with a side under 8 pixels.
bool has_something_to_see(std::span<const uint8_t> rgb, const FrameSize& size);

}  // namespace trecvit
