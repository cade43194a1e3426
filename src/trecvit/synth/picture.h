// A still picture that owns its pixels, and varied ones painted from a seed, as planes for the virtual camera.
#pragma once

#include <cstdint>
#include <vector>

#include "trecvit/synth/frame_generator.h"

namespace trecvit {

struct Picture {
  int height = 0, width = 0;
  std::vector<uint8_t> rgb;  // [height, width, 3]
};

// Noise at every scale from two pixels to a third of the side, under discs, boxes, lines and polygons, in random
// colours and contrasts: no part of it is flat, so every motion shows everywhere. A pure function of its arguments.
// Throws Error(kUsage) for a side outside 1 to kMaxSynthSide.
Picture paint_scene(uint64_t seed, const FrameSize& size);

// The same scene, greyed and dimmed so that nothing in it could be mistaken for a figure of a strong colour: bytes from
// 40 to 167, channels at most 21 apart. Throws as paint_scene does.
Picture paint_dim_scene(uint64_t seed, const FrameSize& size);

}  // namespace trecvit
