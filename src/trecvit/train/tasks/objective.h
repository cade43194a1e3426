// The loss to be minimised. C classes, B samples (clips or frames).
#pragma once

#include <ATen/core/Tensor.h>

namespace trecvit::train {

using at::Tensor;

struct ClassificationOptions {
  double label_smoothing = 0;  // q = (1 - s) target + s / C; single-label only
  bool multi_label = false;    // targets are independent: binary cross-entropy, mean over the classes
  Tensor class_weights;        // [C], or undefined for equal weights
};

// Targets [B, C] from class indices [B].
Tensor one_hot(const Tensor& labels, int64_t classes, at::ScalarType type);

// Mean over the samples of the cross-entropy of logits [B, C] with targets [B, C] (rows that sum to one, or 0/1 each
// with multi_label). A class weight multiplies the target of its class; the mean is over samples, as without weights.
// Computed in float32 or wider.
Tensor classification_loss(const Tensor& logits, const Tensor& targets, const ClassificationOptions& options);

// Mixup (Zhang et al. 2018): clips and targets are mixed with those of a permutation of the batch,
// x = lambda x + (1 - lambda) x[permutation].
struct Mixed {
  Tensor clips, targets;
};
Mixed mixup(const Tensor& clips, const Tensor& targets, const Tensor& permutation, double lambda);

}  // namespace trecvit::train
