// The largest magnitude of some floats, in one pass without a branch.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <span>

namespace trecvit {

// max |v|; NaN if there is one, else infinity if there is one. Without the sign, the bits of floats sort by magnitude,
// with infinity above all numbers and NaN above infinity.
inline float largest_magnitude(std::span<const float> values) {
  int32_t largest = 0;
  for (const float value : values) largest = std::max(largest, std::bit_cast<int32_t>(value) & INT32_MAX);
  return std::bit_cast<float>(largest);
}

inline bool all_finite(std::span<const float> values) { return std::isfinite(largest_magnitude(values)); }

}  // namespace trecvit
