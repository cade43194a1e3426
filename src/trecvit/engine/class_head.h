// From tokens to classes: the head of the published models. The readout, which combines frames, sits between its two
// layers (readout.h).
#pragma once

#include <cstddef>
#include <cstdint>

#include "trecvit/config/model_config.h"
#include "trecvit/engine/workspace.h"

namespace trecvit {

// Immutable; any number of threads may use it, each with a workspace of its own.
class ClassHead {
 public:
  virtual ~ClassHead() = default;
  // features [rows, D] -> tanh(dense(features)) [rows, head_dim].
  virtual void pre_logits(const float* features, int64_t rows, Workspace& workspace, float* out) const = 0;
  // combined features [rows, head_dim] -> logits [rows, C].
  virtual void classify(const float* features, int64_t rows, Workspace& workspace, float* logits) const = 0;
  virtual size_t weight_bytes() const = 0;
};

// features [D] = the class token of tokens [N, D], or their mean if the model has no class token.
void pool_tokens(const ModelConfig& config, const float* tokens, float* features);

}  // namespace trecvit
