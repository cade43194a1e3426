#include "trecvit/engine/execution.h"
#include "trecvit/engine/fused_parts.h"

namespace trecvit {

Execution make_fused_execution(const ModelConfig& config, const WeightSource& weights, const Kernels& kernels) {
  Execution parts;
  parts.tokenizer = make_fused_tokenizer(config, weights, kernels);
  parts.encoder = make_fused_encoder(config, weights, kernels);
  if (config.has_head()) parts.head = make_fused_class_head(config, weights, kernels);
  return parts;
}

}  // namespace trecvit
