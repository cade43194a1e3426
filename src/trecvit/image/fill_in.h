// What pictures look like where patches are hidden, by rules that learn nothing: what a reconstruction is compared
// with.
#pragma once

#include <cstdint>
#include <span>

namespace trecvit {

struct PatchedPicture {
  int64_t height = 0, width = 0, patch = 0;  // pixels; the sides are multiples of the patch
};

// picture [H, W, 3]; masked [rows, columns] of patches, row-major, 1 where hidden; at least one is not. Hidden pixels
// are written, others stay.

// The mean colour of all that is not hidden.
void fill_with_mean(const PatchedPicture& form, std::span<const uint8_t> masked, std::span<float> picture);
// The pixels of the nearest visible patch, the first of several in row-major order.
void fill_with_nearest(const PatchedPicture& form, std::span<const uint8_t> masked, std::span<float> picture);
// Linear interpolation between visible pixels: every hidden one is the mean of its neighbours (in one dimension that
// is the straight line between the ends). The borders of the picture pull nowhere.
void fill_linearly(const PatchedPicture& form, std::span<const uint8_t> masked, std::span<float> picture);

}  // namespace trecvit
