// Random weights, each value a function of seed, tensor and index; declared in weight_source.h.
#include <cmath>

#include "trecvit/base/random.h"
#include "trecvit/weights/tensor_table.h"
#include "trecvit/weights/weight_source.h"

namespace trecvit {
namespace {

struct Spread {
  double offset, scale;
};

double product(const Shape& shape, size_t begin, size_t end) {
  double value = 1;
  for (size_t i = begin; i < end; ++i) value *= static_cast<double>(shape[i]);
  return value;
}

// The table of tests/golden/README.md, section 1.
Spread spread_of(const TensorSpec& spec) {
  const auto fan_in = [](double inputs) { return std::sqrt(3 / inputs); };
  const Shape& shape = spec.shape;
  const bool gate = spec.layer == Layer::kInputGate || spec.layer == Layer::kDecayGate;
  if (spec.is_bias) return {0, gate ? 0.5 : 0.1};
  switch (spec.layer) {
    case Layer::kDecay:
      return {-3.5, 3.4};
    case Layer::kTemporalNorm:
    case Layer::kPositions:
      return {0, 0.2};
    case Layer::kNorm0:
    case Layer::kNorm1:
    case Layer::kEncoderNorm:
      return {1, 0.2};
    case Layer::kClassToken:
    case Layer::kConv:
      return {0, 0.5};
    case Layer::kInputGate:
    case Layer::kDecayGate:
      return {0, fan_in(static_cast<double>(shape[1]))};
    case Layer::kQuery:
    case Layer::kKey:
    case Layer::kValue:
      return {0, fan_in(static_cast<double>(shape[0]))};
    case Layer::kClasses:
      return {0, 4 * fan_in(static_cast<double>(shape[0]))};
    default:
      return {0, fan_in(product(shape, 0, shape.size() - 1))};
  }
}

class GeneratedWeights : public WeightSource {
 public:
  GeneratedWeights(const ModelConfig& config, uint64_t seed) : seed_(seed) {
    for (auto& spec : tensor_table(config)) {
      tensors_[spec.name] = {spec.shape, DType::kF32};
      specs_.emplace(spec.name, std::move(spec));
    }
  }
  const std::map<std::string, TensorInfo>& tensors() const override { return tensors_; }
  HostTensor read(const std::string& name) const override {
    const auto found = tensors_.find(name);
    if (found == tensors_.end()) fail_input(name_, "expected a tensor of the model, got {}", name);
    const std::string key = published_name(name);
    const Spread spread = spread_of(specs_.at(name));
    const RandomStream random(seed_, key);
    HostTensor tensor(found->second.shape, DType::kF32);
    auto values = tensor.as<float>();
    for (size_t i = 0; i < values.size(); ++i) {
      values[i] = static_cast<float>(spread.offset + spread.scale * random.symmetric(i));
    }
    return tensor;
  }
  const std::string& name() const override { return name_; }

 private:
  uint64_t seed_;
  std::string name_ = "generated weights";
  std::map<std::string, TensorInfo> tensors_;
  std::map<std::string, TensorSpec> specs_;
};

}  // namespace

std::unique_ptr<WeightSource> generated_weights(const ModelConfig& config, uint64_t seed) {
  return std::make_unique<GeneratedWeights>(config, seed);
}

}  // namespace trecvit
