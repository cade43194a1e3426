// Where a frame lands in the model's input: how far it is scaled and which part is kept.
#pragma once

#include "trecvit/config/preprocess_config.h"
#include "trecvit/image/resize.h"

namespace trecvit {

struct PixelSize {
  int height = 0, width = 0;
  bool operator==(const PixelSize&) const = default;
};

struct Placement {
  AxisGeometry rows, columns;  // resize and crop
  int top = 0, left = 0;       // of the result within the input; nonzero only with Resize::kPad
};

// Both sizes from 1 to kMaxImageSide. Throws Error(kInput) if Crop::kNone forbids the crop that a frame would need.
Placement place(const PreprocessConfig& config, PixelSize frame, PixelSize input);

}  // namespace trecvit
