// The weights of a model with one or all tensors changed.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "trecvit/weights/weight_source.h"

namespace trecvit::test {

class ChangedWeights : public WeightSource {
 public:
  using Change = std::function<void(const std::string& name, std::span<float> values)>;
  ChangedWeights(const ModelConfig& config, Change change)
      : inner_(generated_weights(config, 1)), change_(std::move(change)) {}
  const std::map<std::string, TensorInfo>& tensors() const override { return inner_->tensors(); }
  const std::string& name() const override { return inner_->name(); }
  HostTensor read(const std::string& name) const override {
    HostTensor tensor = inner_->read(name);
    change_(name, tensor.as<float>());
    return tensor;
  }

 private:
  std::unique_ptr<WeightSource> inner_;
  Change change_;
};

}  // namespace trecvit::test
