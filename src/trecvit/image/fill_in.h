// Baselines that a reconstruction is compared with: hidden patches are filled by rules that learn nothing.
#pragma once

#include <cstdint>
#include <span>

namespace trecvit {

struct PatchedPicture {
  int64_t height = 0, width = 0, patch = 0;  // pixels; the sides are multiples of the patch
};

// picture [H, W, 3]; masked [rows, columns] of patches, row-major, 1 for hidden; at least one patch must be visible.
// Only hidden pixels are written.

// The mean colour of all visible pixels.
void fill_with_mean(const PatchedPicture& form, std::span<const uint8_t> masked, std::span<float> picture);
// The pixels of the nearest visible patch; if several are nearest, of the first in row-major order.
void fill_with_nearest(const PatchedPicture& form, std::span<const uint8_t> masked, std::span<float> picture);
// Linear interpolation between visible pixels: every hidden pixel is the mean of its neighbours (in one dimension, the
// straight line between the ends). The borders of the picture add no constraint.
void fill_linearly(const PatchedPicture& form, std::span<const uint8_t> masked, std::span<float> picture);

}  // namespace trecvit
