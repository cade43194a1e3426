#include "trecvit/train/adamw.h"

#include <ATen/ATen.h>

namespace trecvit::train {

AdamW::AdamW(std::vector<OptimisedParameter> parameters, const AdamWOptions& options) : options_(options) {
  for (auto& parameter : parameters) {
    const Tensor& tensor = parameter.tensor;
    Slot slot{parameter, at::zeros_like(tensor), at::zeros_like(tensor),
              at::zeros({}, tensor.options().dtype(at::kFloat).requires_grad(false))};
    slots_.push_back(std::move(slot));
  }
}

void AdamW::step(double learning_rate) {
  const at::NoGradGuard no_grad;
  for (const bool decays : {true, false}) {
    std::vector<Tensor> parameters, gradients, m, v, steps;
    for (auto& slot : slots_) {
      const Tensor& gradient = slot.parameter.tensor.grad();
      if (slot.parameter.decays != decays || !gradient.defined()) continue;
      slot.steps += 1;
      parameters.push_back(slot.parameter.tensor);
      gradients.push_back(gradient);
      m.push_back(slot.m);
      v.push_back(slot.v);
      steps.push_back(slot.steps);
    }
    if (parameters.empty()) continue;
    at::_fused_adamw_(parameters, gradients, m, v, /*max_exp_avg_sqs=*/{}, steps, learning_rate, options_.beta1,
                      options_.beta2, decays ? options_.weight_decay : 0.0, options_.epsilon, /*amsgrad=*/false,
                      /*maximize=*/false);
  }
}

void AdamW::clear_gradients() {
  for (auto& slot : slots_) slot.parameter.tensor.mutable_grad().reset();
}

std::map<std::string, Tensor> AdamW::state() const {
  std::map<std::string, Tensor> all;
  for (const auto& slot : slots_) {
    all["m." + slot.parameter.name] = slot.m;
    all["v." + slot.parameter.name] = slot.v;
    all["steps." + slot.parameter.name] = slot.steps;
  }
  return all;
}

}  // namespace trecvit::train
