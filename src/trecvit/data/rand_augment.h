// RandAugment (Cubuk et al. 2020) for clips: a few operations, drawn once per clip, change all its frames in the same
// way, so that they add no motion or flicker.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "trecvit/base/random.h"
#include "trecvit/image/placement.h"

namespace trecvit {

// The fourteen operations of the paper. Strengths are those at `magnitude` = 1.
enum class Operation {
  kIdentity,
  kAutoContrast,  // stretches every channel to 0 to 255
  kEqualize,      // equalizes every channel's histogram
  kRotate,        // by up to 30 degrees
  kSolarize,      // inverts values at or above a threshold, which falls from 256 to 0
  kColor,         // saturation times 1 +- 0.9
  kPosterize,     // 8 down to 4 bits
  kContrast,      // times 1 +- 0.9
  kBrightness,    // times 1 +- 0.9
  kSharpness,     // times 1 +- 0.9; a factor below one smooths
  kShearX,        // by up to 0.3 of the height
  kShearY,
  kTranslateX,  // by up to 0.45 of the width
  kTranslateY,
  kCount,
};

struct DrawnOperation {
  Operation operation = Operation::kIdentity;
  double strength = 0;  // from -1 to 1; the sign is the direction, if the operation has one
};

// `count` operations, each with strength `magnitude` (0 to 1) and its own sign, drawn from the values of the stream
// from `first` on.
std::vector<DrawnOperation> draw_operations(int64_t count, double magnitude, const RandomStream& random,
                                            uint64_t first);

// Changes a clip [T, height, width, 3] in place. Statistics are taken over the whole clip. Areas that move in from
// outside the picture are mid-grey.
void apply_operation(const DrawnOperation& drawn, PixelSize size, std::span<uint8_t> clip);

}  // namespace trecvit
