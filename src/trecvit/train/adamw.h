// AdamW (Loshchilov and Hutter 2019, algorithm 2): Adam with bias correction, and weight decay that is decoupled from
// the gradient and multiplied by the learning rate.
//
//   m = b1 m + (1 - b1) g,  v = b2 v + (1 - b2) g^2
//   p = p - lr (m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + eps) + decay p)
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <string>
#include <vector>

namespace trecvit::train {

using at::Tensor;

struct AdamWOptions {
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  double weight_decay = 0.03;
};

struct OptimisedParameter {
  std::string name;
  Tensor tensor;
  bool decays = true;  // whether weight decay applies
  double rate = 1;     // factor on the learning rate
};

class AdamW {
 public:
  AdamW(const std::vector<OptimisedParameter>& parameters, const AdamWOptions& options);

  // One step from the parameters' gradients; a parameter without a gradient stays unchanged, including its moments.
  void step(double learning_rate);
  void clear_gradients();

  // The complete state to save: "m.NAME" and "v.NAME" in the shape of the parameter, and "steps.NAME" [] float32. These
  // are the live tensors: copying into them restores the optimiser.
  std::map<std::string, Tensor> state() const;

 private:
  struct Slot {
    OptimisedParameter parameter;
    Tensor m, v, steps;
  };
  std::vector<Slot> slots_;
  AdamWOptions options_;
};

}  // namespace trecvit::train
