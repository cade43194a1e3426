#include "trecvit/pipeline/prediction.h"

#include <algorithm>
#include <numeric>

#include "trecvit/engine/engine.h"

namespace trecvit {

std::vector<Prediction> top_classes(std::span<const float> probs, const ModelConfig& config, int64_t k) {
  std::vector<int64_t> order(probs.size());
  std::iota(order.begin(), order.end(), 0);
  const auto count = std::min(static_cast<size_t>(std::max<int64_t>(k, 0)), probs.size());
  const auto better = [&probs](int64_t a, int64_t b) {
    const float pa = probs[static_cast<size_t>(a)], pb = probs[static_cast<size_t>(b)];
    return pa != pb ? pa > pb : a < b;
  };
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end(), better);
  std::vector<Prediction> best;
  for (size_t i = 0; i < count; ++i) {
    best.push_back({order[i], config.label(order[i]), probs[static_cast<size_t>(order[i])]});
  }
  return best;
}

std::vector<Prediction> top_classes_of_logits(std::span<const float> logits, const ModelConfig& config, int64_t k) {
  std::vector<float> probs(logits.size());
  softmax(logits, probs);
  return top_classes(probs, config, k);
}

}  // namespace trecvit
