// The parts of the network on fused kernels; fused_network.cc puts them together.
#pragma once

#include <memory>

#include "trecvit/config/model_config.h"
#include "trecvit/engine/class_head.h"
#include "trecvit/engine/encoder.h"
#include "trecvit/engine/kernels.h"
#include "trecvit/engine/tokenizer.h"
#include "trecvit/weights/weight_source.h"

namespace trecvit {

std::unique_ptr<const Tokenizer> make_fused_tokenizer(const ModelConfig& config, const WeightSource& weights,
                                                      const Kernels& kernels);
std::unique_ptr<const Encoder> make_fused_encoder(const ModelConfig& config, const WeightSource& weights,
                                                  const Kernels& kernels);
std::unique_ptr<const ClassHead> make_fused_class_head(const ModelConfig& config, const WeightSource& weights,
                                                       const Kernels& kernels);

}  // namespace trecvit
