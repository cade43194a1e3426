#include "trecvit/train/ema.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace trecvit::train {

WeightMean::WeightMean(std::map<std::string, Tensor> parameters, double decay)
    : parameters_(std::move(parameters)), decay_(decay) {
  for (const auto& [name, parameter] : parameters_) means_[name] = parameter.detach().clone();
}

void WeightMean::update(int64_t step) {
  const at::NoGradGuard no_grad;
  const auto t = static_cast<double>(step);
  const double decay = std::min(decay_, (1 + t) / (10 + t));
  for (auto& [name, mean] : means_) mean.lerp_(parameters_.at(name), 1 - decay);
}

void WeightMean::swap() {
  const at::NoGradGuard no_grad;
  for (auto& [name, mean] : means_) {
    Tensor parameter = parameters_.at(name);
    const Tensor kept = parameter.clone();
    parameter.copy_(mean);
    mean.copy_(kept);
  }
}

}  // namespace trecvit::train
