#include "trecvit/train/adamw.h"

#include <ATen/ATen.h>

#include <map>
#include <utility>
#include <vector>

namespace trecvit::train {

AdamW::AdamW(const std::vector<OptimisedParameter>& parameters, const AdamWOptions& options) : options_(options) {
  for (const auto& parameter : parameters) {
    const Tensor& tensor = parameter.tensor;
    Slot slot{parameter, at::zeros_like(tensor), at::zeros_like(tensor),
              at::zeros({}, tensor.options().dtype(at::kFloat).requires_grad(false))};
    slots_.push_back(std::move(slot));
  }
}

void AdamW::step(double learning_rate) {
  const at::NoGradGuard no_grad;
  struct Group {
    std::vector<Tensor> parameters, gradients, m, v, steps;
  };
  std::map<std::pair<bool, double>, Group> groups;  // by the values that a call of the fused step shares
  for (auto& slot : slots_) {
    const Tensor& gradient = slot.parameter.tensor.grad();
    if (!gradient.defined()) continue;
    Group& group = groups[{slot.parameter.decays, slot.parameter.rate}];
    slot.steps += 1;
    group.parameters.push_back(slot.parameter.tensor);
    group.gradients.push_back(gradient);
    group.m.push_back(slot.m);
    group.v.push_back(slot.v);
    group.steps.push_back(slot.steps);
  }
  for (auto& [same, group] : groups) {
    const auto [decays, rate] = same;
    at::_fused_adamw_(group.parameters, group.gradients, group.m, group.v, /*max_exp_avg_sqs=*/{}, group.steps,
                      learning_rate * rate, options_.beta1, options_.beta2, decays ? options_.weight_decay : 0.0,
                      options_.epsilon, /*amsgrad=*/false, /*maximize=*/false);
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
