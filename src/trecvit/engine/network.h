// The network as a provider computes it: a model's weights in the layout of the provider, as the parts that a frame
// passes through: tokenizer (pixels to tokens), encoder (tokens to tokens), head (tokens to classes). The parts
// exchange float32 arrays in host memory. They share a workspace (Encoder::make_workspace), so parts of different
// networks cannot be mixed.
#pragma once

#include <memory>

#include "trecvit/config/model_config.h"
#include "trecvit/engine/class_head.h"
#include "trecvit/engine/encoder.h"
#include "trecvit/engine/kernels.h"
#include "trecvit/engine/tokenizer.h"
#include "trecvit/weights/weight_source.h"

namespace trecvit {

struct Network {
  std::unique_ptr<const Tokenizer> tokenizer;
  std::unique_ptr<const Encoder> encoder;
  std::unique_ptr<const ClassHead> head;  // null for a model without one
  // Whether each step allocates, so that it may fail halfway for lack of memory.
  bool steps_allocate = false;
  // On a slow machine; from it an engine estimates the duration of its first step. 0: unknown, a step may be long.
  double flops_per_second = 0;

  size_t weight_bytes() const {
    return tokenizer->weight_bytes() + encoder->weight_bytes() + (head ? head->weight_bytes() : 0);
  }
};

// Plain loops, unpacked weights, every tap: the specification.
Network make_reference_network(const ModelConfig& config, const WeightSource& weights);
// The kernels of one instruction set.
Network make_fused_network(const ModelConfig& config, const WeightSource& weights, const Kernels& kernels);

}  // namespace trecvit
