// Weight sources with something wrong with them.
#pragma once

#include <map>
#include <string>

#include "trecvit/weights/tensor_table.h"
#include "trecvit/weights/weight_source.h"

namespace trecvit::test {

// Zero tensors of any names and shapes.
class FakeWeights : public WeightSource {
 public:
  explicit FakeWeights(const ModelConfig& config) {
    for (const auto& spec : tensor_table(config)) tensors_[spec.name] = {spec.shape, DType::kF32};
  }
  void set(const std::string& name, const Shape& shape, DType dtype = DType::kF32) { tensors_[name] = {shape, dtype}; }
  void erase(const std::string& name) { tensors_.erase(name); }

  const std::map<std::string, TensorInfo>& tensors() const override { return tensors_; }
  HostTensor read(const std::string& name) const override { return {tensors_.at(name).shape, DType::kF32}; }
  const std::string& name() const override { return name_; }

 private:
  std::map<std::string, TensorInfo> tensors_;
  std::string name_ = "fake.npz";
};

}  // namespace trecvit::test
