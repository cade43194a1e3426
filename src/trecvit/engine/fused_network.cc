// The fused parts put together; declared in network.h.
#include "trecvit/engine/fused_parts.h"
#include "trecvit/engine/network.h"

namespace trecvit {

Network make_fused_network(const ModelConfig& config, const WeightSource& weights, const Kernels& kernels) {
  Network parts;
  parts.tokenizer = make_fused_tokenizer(config, weights, kernels);
  parts.encoder = make_fused_encoder(config, weights, kernels);
  if (config.has_head()) parts.head = make_fused_class_head(config, weights, kernels);
  parts.flops_per_second = 2e10;
  return parts;
}

}  // namespace trecvit
