// From pixels to tokens: the first part of the network.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "trecvit/config/model_config.h"
#include "trecvit/engine/workspace.h"
#include "trecvit/weights/weight_source.h"

namespace trecvit {

// Patches times kernel plus positions, after the class token if the model has one. Immutable; any number of threads may
// use it, each with its own workspace.
class Tokenizer {
 public:
  virtual ~Tokenizer() = default;
  // frames [T, H, W, 3] in [0, 1] -> tokens [T, N, D]. Skips work after a stop request (Workspace::stop).
  virtual void embed(const float* frames, int64_t count, Workspace& workspace, float* tokens) const = 0;
  virtual size_t weight_bytes() const = 0;
};

// Copies the pixels of one frame [H, W, 3] patch by patch: patches [patches, P * P * 3] in row-major order of
// the grid, each in (row, column, channel) order.
void gather_patches(const ModelConfig& config, const float* frame, float* patches);

// The position table [patches, D], learned or fixed.
std::vector<float> position_table(const ModelConfig& config, const WeightSource& weights);

}  // namespace trecvit
