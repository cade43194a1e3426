#include "trecvit/pipeline/prediction.h"

#include <algorithm>

#include "trecvit/engine/engine.h"
#include "trecvit/engine/topk.h"

namespace trecvit {

std::vector<Prediction> top_classes(std::span<const float> probs, const ModelConfig& config, int64_t k) {
  std::vector<int64_t> order(std::min(static_cast<size_t>(std::max<int64_t>(k, 0)), probs.size()));
  top_k(probs, order);
  std::vector<Prediction> best;
  for (const int64_t index : order) best.push_back({index, config.label(index), probs[static_cast<size_t>(index)]});
  return best;
}

std::vector<Prediction> top_classes_of_logits(std::span<const float> logits, const ModelConfig& config, int64_t k) {
  std::vector<float> probs(logits.size());
  class_probs(config, logits, probs);
  return top_classes(probs, config, k);
}

}  // namespace trecvit
