// The largest of some values.
#pragma once

#include <cstdint>
#include <span>

namespace trecvit {

// Writes the indices of the k = indices.size() largest values, largest first; equal ones in order of index, and
// not-a-number last. k is at most values.size(). Allocates nothing; takes k * count comparisons at worst.
void top_k(std::span<const float> values, std::span<int64_t> indices);

}  // namespace trecvit
