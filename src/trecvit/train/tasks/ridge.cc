#include "trecvit/train/tasks/ridge.h"

#include <ATen/ATen.h>

#include <cmath>
#include <tuple>

#include "trecvit/base/error.h"

namespace trecvit::train {
namespace {

using at::Tensor;

constexpr int64_t kSide = 24;  // pixels of a feature

// Clips [B, T, H, W, 3] as bytes -> [B, kSide * kSide] grey.
Tensor features_of(const Batch& batch, const RidgeOptions& options) {
  const int64_t frames = options.evaluate.frames.frames;
  const Tensor all = at::from_blob(const_cast<uint8_t*>(batch.pixels.data()),
                                   {batch.clips, frames, options.height, options.width, 3}, at::kByte)
                         .to(at::kFloat);
  const Tensor frame = options.feature == LinearBaseline::kMeanFrame ? all.mean(1) : all.select(1, frames / 2);
  const Tensor grey = frame.mean(-1).unsqueeze(1) / 255;  // [B, 1, H, W]
  return at::adaptive_avg_pool2d(grey, {kSide, kSide}).flatten(1).to(at::kDouble);
}

struct Samples {
  Tensor x;      // [n, F]
  Tensor label;  // [n]
};
Samples read_all(const ClipDataset& set, const RidgeOptions& options) {
  LoaderOptions loading;
  loading.batch = options.evaluate.batch;
  loading.workers = options.evaluate.workers;
  loading.frames = options.evaluate.frames;
  loading.bad_files = options.evaluate.bad_files;
  Loader loader(set, loading);
  std::vector<Tensor> features;
  std::vector<int64_t> labels;
  while (const auto batch = loader.next()) {
    if (batch->clips == 0) continue;
    features.push_back(features_of(*batch, options));
    labels.insert(labels.end(), batch->label.begin(), batch->label.end());
    options.evaluate.control.done(0);
  }
  return {at::cat(features), at::tensor(labels, at::kLong)};
}

struct Fit {
  Tensor mean, weights, offset;  // [F], [F, C], [C]
};

// Weighted ridge of centred features and targets, (A'A + penalty)^-1 A'b with A and b scaled by the root of the
// weights.
class Ridge {
 public:
  Ridge(const Tensor& x, const Tensor& y, const Tensor& w) : w_(w / w.sum()) {
    mean_ = (w_.unsqueeze(1) * x).sum(0);
    offset_ = (w_.unsqueeze(1) * y).sum(0);
    const Tensor root = w_.sqrt().unsqueeze(1);
    const Tensor a = root * (x - mean_);
    b_ = root * (y - offset_);
    std::tie(values_, vectors_) = at::linalg_eigh(a.t().mm(a));
    values_ = values_.clamp_min(0);
    turned_ = a.mm(vectors_);
    target_ = turned_.t().mm(b_);
  }
  // Weighted squared leave-one-out error: of every clip, predicted by the fit to the others.
  double left_out_error(double penalty) const {
    const Tensor shrink = 1 / (values_ + penalty);                                            // [F]
    const Tensor hat = (turned_.pow(2) * shrink).sum(1, /*keepdim=*/true) + w_.unsqueeze(1);  // with the offset's share
    const Tensor fitted = turned_.mm(shrink.unsqueeze(1) * target_);
    return ((b_ - fitted) / (1 - hat).clamp_min(1e-6)).pow(2).sum().item<double>();
  }
  Fit fit(double penalty) const {
    return {mean_, vectors_.mm((1 / (values_ + penalty)).unsqueeze(1) * target_), offset_};
  }
  // The unit of the penalty: the sum of the eigenvalues divided by the number of clips.
  double scale() const { return values_.sum().item<double>() / static_cast<double>(w_.size(0)); }

 private:
  Tensor w_, mean_, offset_, b_;  // b_ [n, C]
  Tensor values_, vectors_;       // [F], [F, F]: eigenvalues and eigenvectors of A'A
  Tensor turned_, target_;        // A times the vectors, [n, F]; its product with b, [F, C]
};

// The fit with the penalty that has the smallest leave-one-out error.
Fit best_fit(const Samples& samples, int64_t classes) {
  const Tensor y = at::one_hot(samples.label, classes).to(at::kDouble);
  const Ridge ridge(samples.x, y, (1 / y.sum(0).clamp_min(1)).index_select(0, samples.label));
  double least = INFINITY, penalty = 1;
  for (int power = -5; power <= 2; ++power) {
    const double candidate = ridge.scale() * std::pow(10.0, power);
    const double error = ridge.left_out_error(candidate);
    if (error < least) {
      least = error;
      penalty = candidate;
    }
  }
  return ridge.fit(penalty);
}

}  // namespace

Evaluation test_ridge(const ClipDataset& train, const ClipDataset& val, const RidgeOptions& options) {
  const at::NoGradGuard no_grad;
  const Fit fit = best_fit(read_all(train, options), static_cast<int64_t>(train.classes().size()));
  return evaluate(val, options.evaluate, [&](const Batch& batch) {
    // Scores are not probabilities; only their order matters.
    const Tensor scores = (features_of(batch, options) - fit.mean).mm(fit.weights) + fit.offset;
    const Tensor positive = scores.clamp_min(1e-6);
    const Tensor probs = (positive / positive.sum(1, true)).to(at::kFloat).contiguous();
    return std::vector<float>(probs.const_data_ptr<float>(), probs.const_data_ptr<float>() + probs.numel());
  });
}

}  // namespace trecvit::train
