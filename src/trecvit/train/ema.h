// An exponential mean of the weights over the steps of a run, which often tests better than the last weights.
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <string>

namespace trecvit::train {

using at::Tensor;

class WeightMean {
 public:
  // decay: 0 (the newest weights alone) to below 1. Starts at the weights as they are.
  WeightMean(std::map<std::string, Tensor> parameters, double decay);

  // After a step: mean = decay mean + (1 - decay) weight. The decay is warmed up, min(decay, (1 + t) / (10 + t)) at
  // step t, so that the first weights do not linger.
  void update(int64_t step);
  // Exchanges the mean and the weights; twice is as before.
  void swap();

  // The means by name; those in use, to save and to restore.
  const std::map<std::string, Tensor>& means() const { return means_; }

 private:
  std::map<std::string, Tensor> parameters_, means_;
  double decay_;
};

}  // namespace trecvit::train
