// Bounds on the numbers of a step, proven from the weights alone. A model whose bound holds gives finite results for
// every frame in range and may change a state in place; the bound is also the range check of saved states.
#pragma once

#include <map>
#include <span>
#include <string>

#include "trecvit/config/model_config.h"

namespace trecvit {

// The largest sum of |w| along all axes except the last, which has `columns` entries; infinity if it does not fit into
// a float or a value is NaN.
float largest_column_sum(std::span<const float> values, size_t columns);

// Upper bound of a frame's pixels: bytes are scaled as the config says, floats lie in [0, 1]. Allows for the rounding
// of resampling.
float pixel_bound(const ModelConfig& config);

struct ActivationBound {
  // Every intermediate number, partial sums included, stays far within the range of float32, for any number of frames.
  bool holds = false;
  // Bounds of what a state holds: |h|, and |inputs of the temporal convolution|; the largest float if the bound does
  // not hold.
  float hidden = 0, conv = 0;
};

// column_sums: largest_column_sum of every tensor, by canonical name.
ActivationBound activation_bound(const ModelConfig& config, const std::map<std::string, float>& column_sums);

}  // namespace trecvit
