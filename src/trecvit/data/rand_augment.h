// RandAugment (Cubuk et al. 2020) for clips: some operations, drawn once a clip, change all its frames alike, so that
// nothing moves or flickers that did not before.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "trecvit/base/random.h"
#include "trecvit/image/placement.h"

namespace trecvit {

// The fourteen of the paper. Strengths are those of `magnitude` = 1.
enum class Operation {
  kIdentity,
  kAutoContrast,  // every channel stretched to 0 to 255
  kEqualize,      // every channel's histogram made even
  kRotate,        // by up to 30 degrees
  kSolarize,      // values from a threshold on inverted; it falls from 256 to 0
  kColor,         // saturation times 1 +- 0.9
  kPosterize,     // 8 down to 4 bits
  kContrast,      // times 1 +- 0.9
  kBrightness,    // times 1 +- 0.9
  kSharpness,     // times 1 +- 0.9; below one it smooths
  kShearX,        // by up to 0.3 of the height
  kShearY,
  kTranslateX,  // by up to 0.45 of the width
  kTranslateY,
  kCount,
};

struct DrawnOperation {
  Operation operation = Operation::kIdentity;
  double strength = 0;  // from -1 to 1; the sign is a direction where there is one
};

// `count` operations, each with `magnitude` (0 to 1) as its strength and a sign of its own, from the values of the
// stream from `first` on.
std::vector<DrawnOperation> draw_operations(int64_t count, double magnitude, const RandomStream& random,
                                            uint64_t first);

// Changes a clip [T, height, width, 3] in place. Statistics are those of the whole clip. What moves in from outside the
// picture is mid-grey.
void apply_operation(const DrawnOperation& drawn, PixelSize size, std::span<uint8_t> clip);

}  // namespace trecvit
