#include "trecvit/train/motion_head.h"

#include <ATen/ATen.h>

#include <cmath>

#include "trecvit/base/random.h"

namespace trecvit::train {

MotionHead::MotionHead(const ModelConfig& config, bool per_patch, uint64_t seed)
    : per_patch_(per_patch), patches_(config.patches()) {
  motion_ = register_module("motion", std::make_shared<model::Dense>(at::IntArrayRef{config.width, 2}));
  const at::NoGradGuard no_grad;
  const RandomStream random(seed, "motion.kernel");
  auto* kernel = motion_->kernel.mutable_data_ptr<float>();
  const double limit = std::sqrt(6 / static_cast<double>(config.width + 2));
  for (int64_t i = 0; i < motion_->kernel.numel(); ++i)
    kernel[i] = static_cast<float>(limit * random.symmetric(static_cast<uint64_t>(i)));
}

Tensor MotionHead::loss(const model::Output& output, const Tensor& motion, int64_t first) const {
  const Tensor& from = per_patch_ ? output.tokens : output.features;
  Tensor seen = from.narrow(1, first, from.size(1) - first);
  Tensor wanted = motion.narrow(1, first, motion.size(1) - first);
  if (per_patch_) {
    seen = seen.narrow(2, seen.size(2) - patches_, patches_);  // the class token, if any, comes first
  } else {
    wanted = wanted.mean(2);
  }
  return at::smooth_l1_loss(motion_->forward(seen).to(at::kFloat), wanted);
}

}  // namespace trecvit::train
