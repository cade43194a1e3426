// How large the numbers of a step can become, proven from the weights alone. A model whose bound holds gives finite
// answers to every frame in range and may change a state in place; the bound is also the range check of saved states.
#pragma once

#include <map>
#include <span>
#include <string>

#include "trecvit/config/model_config.h"

namespace trecvit {

// The largest sum of |w| along all axes but the last, which has `columns` entries; infinity where it does not fit into
// a float or a value is no number.
float largest_column_sum(std::span<const float> values, size_t columns);

// Pixels of a frame stay below this: bytes are scaled as the config says, floats lie in [0, 1]. Resampling rounds.
float pixel_bound(const ModelConfig& config);

struct ActivationBound {
  // Every intermediate number, partial sums included, stays far inside float32, frame after frame without end.
  bool holds = false;
  // Of what a state holds: |h|, and |inputs of the temporal convolution|; the largest float where the bound does not
  // hold.
  float hidden = 0, conv = 0;
};

// column_sums: largest_column_sum of every tensor, by canonical name.
ActivationBound activation_bound(const ModelConfig& config, const std::map<std::string, float>& column_sums);

}  // namespace trecvit
