#include "trecvit/engine/model.h"

#include <algorithm>
#include <cmath>

#include "trecvit/base/error.h"
#include "trecvit/base/hash.h"
#include "trecvit/base/stats.h"

namespace trecvit {
namespace {

// Passes tensors on. The first time a tensor is read, hashes it, checks that it is finite and computes its sums for the
// activation bound, so that none of these needs a second pass over the file.
class CheckedSource : public WeightSource {
 public:
  explicit CheckedSource(const WeightSource& inner) : inner_(inner) {}
  const std::map<std::string, TensorInfo>& tensors() const override { return inner_.tensors(); }
  const std::string& name() const override { return inner_.name(); }
  HostTensor read(const std::string& name) const override {
    HostTensor tensor = inner_.read(name);
    if (!hashes_.contains(name)) {
      const size_t columns = tensor.shape().empty() ? 1 : static_cast<size_t>(tensor.shape().back());
      column_sums_[name] = largest_column_sum(tensor.as<float>(), columns);
      if (!std::isfinite(column_sums_[name])) check_finite(name, tensor.as<float>());
      hashes_[name] = hash_bytes({tensor.data(), tensor.bytes()}, hash_text(name));
    }
    return tensor;
  }
  const std::map<std::string, float>& column_sums() const { return column_sums_; }
  // A sum over tensors, so that the order of reading does not matter.
  uint64_t total() const {
    uint64_t sum = 0;
    for (const auto& [name, hash] : hashes_) sum += hash;
    return sum;
  }

 private:
  void check_finite(const std::string& tensor, std::span<const float> values) const {
    const auto bad = std::find_if(values.begin(), values.end(), [](float v) { return !std::isfinite(v); });
    if (bad == values.end()) return;
    fail_input(inner_.name(), "expected finite numbers in {}, got {} at index {}", tensor, *bad, bad - values.begin());
  }

  const WeightSource& inner_;
  mutable std::map<std::string, uint64_t> hashes_;
  mutable std::map<std::string, float> column_sums_;
};

// What determines the meaning of a state in addition to the weights.
uint64_t hash_config(const ModelConfig& config) {
  const std::string text =
      fmt::format("{} {} {} {} {}", config.image_height, config.image_width, static_cast<int>(config.pool),
                  static_cast<int>(config.position), static_cast<int>(config.input_scale));
  return hash_text(text);
}

}  // namespace

std::shared_ptr<const Model> Model::load(const std::string& path, const ModelOptions& options) {
  const ModelFiles files = open_model(path, options.image_size);
  auto model = pack(files.config, *files.weights, options.provider, options.budget);
  if (!files.ignored.empty()) model->ignored_ = describe_ignored(files.ignored);
  return model;
}

std::shared_ptr<const Model> Model::make(const ModelConfig& config, const WeightSource& weights,
                                         const ProviderChoice& provider, const ModelBudget& budget) {
  return pack(config, weights, provider, budget);
}

std::shared_ptr<Model> Model::pack(const ModelConfig& config, const WeightSource& weights,
                                   const ProviderChoice& provider, const ModelBudget& budget) {
  check_budget(config, budget, weights.name());
  check_memory_for(static_cast<uint64_t>(config.parameter_count()) * sizeof(float), weights.name(), "the weights");
  const Provider chosen = choose_provider(provider);
  const CheckedSource checked(weights);
  std::shared_ptr<Model> model(new Model);
  model->config_ = config;
  model->provider_ = chosen.name;
  model->network_ = chosen.open(config, checked);
  model->fingerprint_ = checked.total() ^ hash_config(config);
  model->bound_ = activation_bound(config, checked.column_sums());
  return model;
}

}  // namespace trecvit
