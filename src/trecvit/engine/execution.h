// A model's weights in the layout of a provider, as the parts that a frame passes through: tokenizer (pixels to
// tokens), encoder (tokens to tokens), head (tokens to classes). The parts exchange float32 arrays in host memory. They
// share a workspace (Encoder::make_workspace), so parts of different executions cannot be mixed.
#pragma once

#include <memory>

#include "trecvit/config/model_config.h"
#include "trecvit/engine/class_head.h"
#include "trecvit/engine/encoder.h"
#include "trecvit/engine/kernels.h"
#include "trecvit/engine/tokenizer.h"
#include "trecvit/weights/weight_source.h"

namespace trecvit {

struct Execution {
  std::unique_ptr<const Tokenizer> tokenizer;
  std::unique_ptr<const Encoder> encoder;
  std::unique_ptr<const ClassHead> head;  // null for a model without one
  // Plain loops, for correctness: they are slow and allocate in every step, which may fail.
  bool plain = false;

  size_t weight_bytes() const {
    return tokenizer->weight_bytes() + encoder->weight_bytes() + (head ? head->weight_bytes() : 0);
  }
};

// Plain loops, unpacked weights, every tap: the specification.
Execution make_reference_execution(const ModelConfig& config, const WeightSource& weights);
// The kernels of one instruction set.
Execution make_fused_execution(const ModelConfig& config, const WeightSource& weights, const Kernels& kernels);

}  // namespace trecvit
