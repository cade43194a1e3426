#include "trecvit/model/model_weights.h"

#include <ATen/ATen.h>

#include <cstring>

#include "trecvit/base/error.h"

namespace trecvit::model {

HostTensor to_host(const Tensor& tensor) {
  const bool is_double = tensor.scalar_type() == at::kDouble;
  const Tensor values = tensor.detach().to(at::kCPU, is_double ? at::kDouble : at::kFloat).contiguous();
  HostTensor out(values.sizes().vec(), is_double ? DType::kF64 : DType::kF32);
  std::memcpy(out.data(), values.data_ptr(), out.bytes());
  return out;
}

Tensor from_host(const HostTensor& tensor) {
  TRECVIT_CHECK(tensor.dtype() == DType::kF32 || tensor.dtype() == DType::kF64);
  Tensor out = at::empty(tensor.shape(), tensor.dtype() == DType::kF64 ? at::kDouble : at::kFloat);
  std::memcpy(out.data_ptr(), tensor.data(), tensor.bytes());
  return out;
}

void load_weights(TRecViT& model, const WeightSource& weights) { load_matching_weights(model, weights, {}); }

std::set<std::string> load_matching_weights(TRecViT& model, const WeightSource& weights,
                                            const std::set<std::string>& missing) {
  const at::NoGradGuard no_grad;
  std::set<std::string> copied;
  for (auto& entry : model.named_parameters()) {
    if (missing.contains(entry.key())) continue;
    const Tensor values = from_host(weights.read(entry.key()));
    TRECVIT_CHECK(values.sizes() == entry.value().sizes());
    entry.value().copy_(values);
    copied.insert(entry.key());
  }
  return copied;
}

ModelWeights::ModelWeights(const TRecViT& model) {
  for (const auto& entry : model.named_parameters()) {
    infos_[entry.key()] = {entry.value().sizes().vec(), DType::kF32};
    parameters_[entry.key()] = entry.value();
  }
}

HostTensor ModelWeights::read(const std::string& name) const {
  const auto found = parameters_.find(name);
  if (found == parameters_.end()) fail_input(name_, "expected a tensor of the model, got '{}'", printable(name));
  return to_host(found->second.to(at::kFloat));
}

}  // namespace trecvit::model
