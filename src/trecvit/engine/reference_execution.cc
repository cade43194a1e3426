#include "trecvit/engine/execution.h"
#include "trecvit/engine/reference_parts.h"

namespace trecvit {

Execution make_reference_execution(const ModelConfig& config, const WeightSource& weights) {
  Execution parts;
  parts.tokenizer = make_reference_tokenizer(config, weights);
  parts.encoder = make_reference_encoder(config, weights);
  if (config.has_head()) parts.head = make_reference_class_head(config, weights);
  parts.plain = true;
  return parts;
}

}  // namespace trecvit
