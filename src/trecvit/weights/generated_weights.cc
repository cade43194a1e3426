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

// The first rule that fits; the table of tests/golden/README.md, section 1.
Spread spread_of(const std::string& key, const Shape& shape) {
  const auto ends = [&key](const char* suffix) { return key.ends_with(suffix); };
  const auto fan_in = [](double inputs) { return std::sqrt(3 / inputs); };
  if (ends("a_param")) return {-3.5, 3.4};
  if (ends("temporal_pre_norm/scale")) return {0, 0.2};
  if (ends("scale")) return {1, 0.2};
  if (ends("gate/b")) return {0, 0.5};
  if (ends("/bias") || ends("/b")) return {0, 0.1};
  if (ends("/cls")) return {0, 0.5};
  if (ends("pos_embedding")) return {0, 0.2};
  if (ends("conv_1d/w")) return {0, 0.5};
  if (ends("/w")) return {0, fan_in(static_cast<double>(shape[1]))};
  if (ends("query/kernel") || ends("key/kernel") || ends("value/kernel")) {
    return {0, fan_in(static_cast<double>(shape[0]))};
  }
  if (ends("cls_head/kernel")) return {0, 4 * fan_in(static_cast<double>(shape[0]))};
  return {0, fan_in(product(shape, 0, shape.size() - 1))};
}

class GeneratedWeights : public WeightSource {
 public:
  GeneratedWeights(const ModelConfig& config, uint64_t seed) : seed_(seed) {
    for (auto& spec : tensor_table(config)) tensors_[spec.name] = {spec.shape, DType::kF32};
  }
  const std::map<std::string, TensorInfo>& tensors() const override { return tensors_; }
  HostTensor read(const std::string& name) const override {
    const auto found = tensors_.find(name);
    if (found == tensors_.end()) fail_input(name_, "expected a tensor of the model, got {}", name);
    const std::string key = published_name(name);
    const Spread spread = spread_of(key, found->second.shape);
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
};

}  // namespace

std::unique_ptr<WeightSource> generated_weights(const ModelConfig& config, uint64_t seed) {
  return std::make_unique<GeneratedWeights>(config, seed);
}

}  // namespace trecvit
