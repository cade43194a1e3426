#include "trecvit/train/tasks/objective.h"

#include <ATen/ATen.h>

namespace trecvit::train {

Tensor one_hot(const Tensor& labels, int64_t classes, at::ScalarType type) {
  return at::one_hot(labels, classes).to(type);
}

Tensor classification_loss(const Tensor& logits, const Tensor& targets, const ClassificationOptions& options) {
  const Tensor wide = logits.scalar_type() == at::kDouble ? logits : logits.to(at::kFloat);
  Tensor q = targets.to(wide.dtype());
  if (options.multi_label) {
    Tensor losses = at::binary_cross_entropy_with_logits(wide, q, {}, {}, at::Reduction::None);
    if (options.class_weights.defined()) losses = losses * options.class_weights;
    return losses.mean();
  }
  const double smoothing = options.label_smoothing;
  if (smoothing > 0) q = q * (1 - smoothing) + smoothing / static_cast<double>(wide.size(-1));
  if (options.class_weights.defined()) q = q * options.class_weights;
  return -(q * at::log_softmax(wide, -1)).sum(-1).mean();
}

Mixed mixup(const Tensor& clips, const Tensor& targets, const Tensor& permutation, double lambda) {
  const auto mix = [&](const Tensor& all) { return all * lambda + all.index_select(0, permutation) * (1 - lambda); };
  return {mix(clips), mix(targets)};
}

}  // namespace trecvit::train
