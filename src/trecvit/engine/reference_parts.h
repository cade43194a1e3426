// The parts of the network as plain loops; reference_network.cc puts them together.
#pragma once

#include <memory>

#include "trecvit/config/model_config.h"
#include "trecvit/engine/class_head.h"
#include "trecvit/engine/encoder.h"
#include "trecvit/engine/tokenizer.h"
#include "trecvit/weights/weight_source.h"

namespace trecvit {

std::unique_ptr<const Tokenizer> make_reference_tokenizer(const ModelConfig& config, const WeightSource& weights);
std::unique_ptr<const Encoder> make_reference_encoder(const ModelConfig& config, const WeightSource& weights);
std::unique_ptr<const ClassHead> make_reference_class_head(const ModelConfig& config, const WeightSource& weights);

}  // namespace trecvit
