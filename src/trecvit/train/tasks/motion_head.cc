#include "trecvit/train/tasks/motion_head.h"

#include <ATen/ATen.h>

#include <cmath>

#include "trecvit/model/initialise.h"

namespace trecvit::train {

MotionHead::MotionHead(const ModelConfig& config, bool per_patch, uint64_t seed)
    : per_patch_(per_patch), patches_(config.patches()) {
  motion_ = register_module("motion", std::make_shared<model::Dense>(at::IntArrayRef{config.width, 2}));
  model::draw_uniform(motion_->kernel, std::sqrt(6 / static_cast<double>(config.width + 2)), seed, "motion.kernel");
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
