// Whether a picture has anything to see: over a cloudless sky a pan cannot be told from a camera at rest, and the label
// would ask for the impossible.
#pragma once

#include <cstdint>
#include <span>

#include "trecvit/synth/frame_generator.h"

namespace trecvit {

// Whether of 8 x 8 cells of a frame rgb [H, W, 3] at least a quarter differ within themselves by 24 grey levels or
// more. Frames with a side under 8 pixels always have.
bool has_something_to_see(std::span<const uint8_t> rgb, const FrameSize& size);

}  // namespace trecvit
