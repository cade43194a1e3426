// Selects the largest values.
#pragma once

#include <cstdint>
#include <span>

namespace trecvit {

// Writes the indices of the k = indices.size() largest values, largest first; equal values in order of index, and NaN
// last. k is at most values.size(). Allocates nothing; takes at most k * count comparisons.
void top_k(std::span<const float> values, std::span<int64_t> indices);

}  // namespace trecvit
