// Still backgrounds made of noise.
#pragma once

#include <span>
#include <string_view>

#include "trecvit/synth/frame_generator.h"

namespace trecvit {

// Throws Error(kUsage) naming `where` for a side outside 1 to kMaxSynthSide.
void check_frame_size(std::string_view where, const FrameSize& size);

// A dim pattern of soft patches with fine grain: rgb [height, width, 3], values 20 to 121.
void paint_texture(uint64_t seed, const FrameSize& size, std::span<uint8_t> rgb);

}  // namespace trecvit
