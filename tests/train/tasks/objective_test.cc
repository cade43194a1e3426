#include "trecvit/train/tasks/objective.h"

#include <gtest/gtest.h>

#include <ATen/ATen.h>

#include <cmath>

namespace trecvit::test {
namespace {

using at::Tensor;

Tensor logits() { return at::tensor({1.0, 2.0, 0.5, -1.0, 0.0, 3.0}, at::kDouble).view({2, 3}); }
double log_probability(int64_t sample, int64_t c) { return at::log_softmax(logits(), 1)[sample][c].item<double>(); }

TEST(Objective, CrossEntropyWithSmoothing) {
  const Tensor targets = train::one_hot(at::tensor({1, 0}, at::kLong), 3, at::kDouble);
  double want = 0;
  for (int64_t c = 0; c < 3; ++c) {
    want -= ((c == 1 ? 0.7 : 0) + 0.1) * log_probability(0, c) / 2;
    want -= ((c == 0 ? 0.7 : 0) + 0.1) * log_probability(1, c) / 2;
  }
  train::ClassificationOptions options;
  options.label_smoothing = 0.3;
  EXPECT_NEAR(train::classification_loss(logits(), targets, options).item<double>(), want, 1e-12);
}

TEST(Objective, ClassWeights) {
  const Tensor targets = train::one_hot(at::tensor({1, 0}, at::kLong), 3, at::kDouble);
  train::ClassificationOptions options;
  options.class_weights = at::tensor({3.0, 0.5, 1.0}, at::kDouble);
  const double want = -(0.5 * log_probability(0, 1) + 3 * log_probability(1, 0)) / 2;
  EXPECT_NEAR(train::classification_loss(logits(), targets, options).item<double>(), want, 1e-12);
}

TEST(Objective, SeveralLabels) {
  const Tensor targets = at::tensor({1.0, 0.0, 1.0, 0.0, 0.0, 1.0}, at::kDouble).view({2, 3});
  const Tensor p = at::sigmoid(logits());
  const Tensor want = -(targets * p.log() + (1 - targets) * (1 - p).log()).mean();
  train::ClassificationOptions options;
  options.multi_label = true;
  EXPECT_NEAR(train::classification_loss(logits(), targets, options).item<double>(), want.item<double>(), 1e-12);
}

TEST(Objective, HalfLogitsAreSummedInFloat) {
  const Tensor targets = train::one_hot(at::tensor({1, 0}, at::kLong), 3, at::kFloat);
  EXPECT_EQ(train::classification_loss(logits().to(at::kBFloat16), targets, {}).scalar_type(), at::kFloat);
}

TEST(Objective, MixupMixesClipsAndTargetsAlike) {
  const Tensor clips = at::arange(4, at::kDouble).view({2, 2}), targets = at::eye(2, at::kDouble);
  const auto mixed = train::mixup(clips, targets, at::tensor({1, 0}, at::kLong), 0.75);
  EXPECT_TRUE(at::allclose(mixed.clips, at::tensor({0.5, 1.5, 1.5, 2.5}, at::kDouble).view({2, 2})));
  EXPECT_TRUE(at::allclose(mixed.targets, at::tensor({0.75, 0.25, 0.25, 0.75}, at::kDouble).view({2, 2})));
}

}  // namespace
}  // namespace trecvit::test
