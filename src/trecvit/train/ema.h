// An exponential moving average of the weights over the steps of a run; it often tests better than the last weights.
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <string>

namespace trecvit::train {

using at::Tensor;

class WeightMean {
 public:
  // decay: at least 0 (only the newest weights) and below 1. The mean starts at the current weights.
  WeightMean(std::map<std::string, Tensor> parameters, double decay);

  // To be called after each step: mean = decay mean + (1 - decay) weight. The decay is warmed up, min(decay, (1 + t) /
  // (10 + t)) at step t, so that the first weights are soon forgotten.
  void update(int64_t step);
  // Swaps the mean and the weights; a second call undoes the first.
  void swap();

  // The means by name. These are the live tensors, to save and to restore.
  const std::map<std::string, Tensor>& means() const { return means_; }

 private:
  std::map<std::string, Tensor> parameters_, means_;
  double decay_;
};

}  // namespace trecvit::train
