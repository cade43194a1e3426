// A model's weights in the form a provider wants, in the parts that a frame passes: pixels, tokens, tokens, classes.
// What passes between them are float32 arrays in host memory. The parts of one execution share a workspace
// (Encoder::make_workspace), so they belong together.
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
  // Plain loops: correct before all. They take memory in every step, which may not be there, and are slow.
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
