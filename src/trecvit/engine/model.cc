#include "trecvit/engine/model.h"

#include "trecvit/base/hash.h"
#include "trecvit/engine/provider.h"

namespace trecvit {
namespace {

// Passes tensors on and hashes each the first time it is read, so that fingerprinting needs no second pass over the
// file.
class HashingSource : public WeightSource {
 public:
  explicit HashingSource(const WeightSource& inner) : inner_(inner) {}
  const std::map<std::string, TensorInfo>& tensors() const override { return inner_.tensors(); }
  const std::string& name() const override { return inner_.name(); }
  HostTensor read(const std::string& name) const override {
    HostTensor tensor = inner_.read(name);
    if (!hashes_.contains(name)) hashes_[name] = hash_bytes({tensor.data(), tensor.bytes()}, fnv1a(name));
    return tensor;
  }
  // Sums over tensors, so that the order of reading does not matter.
  uint64_t total() const {
    uint64_t sum = 0;
    for (const auto& [name, hash] : hashes_) sum += hash;
    return sum;
  }

 private:
  static uint64_t fnv1a(const std::string& text) { return hash_bytes(std::as_bytes(std::span(text))); }
  const WeightSource& inner_;
  mutable std::map<std::string, uint64_t> hashes_;
};

// What decides the meaning of a state besides the weights.
uint64_t hash_config(const ModelConfig& config) {
  const std::string text =
      fmt::format("{} {} {} {} {}", config.image_height, config.image_width, static_cast<int>(config.pool),
                  static_cast<int>(config.position), static_cast<int>(config.input_scale));
  return hash_bytes(std::as_bytes(std::span(text)));
}

}  // namespace

std::shared_ptr<const Model> Model::load(const std::string& path, const ModelOptions& options) {
  const ModelFiles files = open_model(path, options.image_size);
  return make(files.config, *files.weights, options.provider);
}

std::shared_ptr<const Model> Model::make(const ModelConfig& config, const WeightSource& weights,
                                         const std::string& provider) {
  const Provider chosen = choose_provider(provider);
  const HashingSource hashing(weights);
  std::shared_ptr<Model> model(new Model);
  model->config_ = config;
  model->provider_ = chosen.name;
  model->execution_ = chosen.kernels ? make_fused_execution(config, hashing, *chosen.kernels)
                                     : make_reference_execution(config, hashing);
  model->fingerprint_ = hashing.total() ^ hash_config(config);
  return model;
}

}  // namespace trecvit
