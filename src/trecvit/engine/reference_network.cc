// The reference parts put together; declared in network.h.
#include "trecvit/engine/network.h"
#include "trecvit/engine/reference_parts.h"

namespace trecvit {

Network make_reference_network(const ModelConfig& config, const WeightSource& weights) {
  Network parts;
  parts.tokenizer = make_reference_tokenizer(config, weights);
  parts.encoder = make_reference_encoder(config, weights);
  if (config.has_head()) parts.head = make_reference_class_head(config, weights);
  parts.steps_allocate = true;
  parts.flops_per_second = 1e9;
  return parts;
}

}  // namespace trecvit
