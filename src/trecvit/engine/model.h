// A model ready to run: config and packed weights, immutable, shared by any number of engines and threads.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "trecvit/config/model_budget.h"
#include "trecvit/engine/activation_bound.h"
#include "trecvit/engine/network.h"
#include "trecvit/engine/provider.h"
#include "trecvit/engine/stream_state.h"
#include "trecvit/weights/model_files.h"

namespace trecvit {

struct ModelOptions {
  ProviderChoice provider;
  std::optional<InputSize> image_size;  // for checkpoints whose shapes do not determine it
  ModelBudget budget;
};

class Model {
 public:
  // Opens, checks and packs a model (see open_model). Throws Error; kInput if the model needs more than the budget.
  static std::shared_ptr<const Model> load(const std::string& path, const ModelOptions& options = {});
  // Packs weights that were already checked against `config`.
  static std::shared_ptr<const Model> make(const ModelConfig& config, const WeightSource& weights,
                                           const ProviderChoice& provider = {}, const ModelBudget& budget = {});

  const ModelConfig& config() const { return config_; }
  const std::string& provider() const { return provider_; }
  const Network& network() const { return network_; }
  // Hash of config and weights; equal for the same numbers, whichever file they came from.
  uint64_t fingerprint() const { return fingerprint_; }
  // What its file contains that is not the model's and was not used (describe_ignored), as text for people; empty if
  // there is nothing of the kind.
  const std::string& ignored() const { return ignored_; }
  size_t weight_bytes() const { return network_.weight_bytes(); }
  // bytes() of a state.
  size_t state_bytes() const { return network_.encoder->memory_bytes(config_.tokens()); }
  // Whether the weights alone prove that every frame in range gives finite results, for any number of frames.
  bool always_finite() const { return bound_.holds; }

  // A state before its first frame, with the model's own readout rule or another.
  StreamState make_state() const { return make_state(config_.readout); }
  StreamState make_state(const Readout& readout) const {
    return {network_.encoder->make_memory(config_.tokens()),
            ReadoutSum(readout, config_.head_dim),
            fingerprint_,
            {bound_.hidden, bound_.conv}};
  }

 private:
  Model() = default;
  static std::shared_ptr<Model> pack(const ModelConfig& config, const WeightSource& weights,
                                     const ProviderChoice& provider, const ModelBudget& budget);
  ModelConfig config_;
  std::string provider_;
  Network network_;
  uint64_t fingerprint_ = 0;
  ActivationBound bound_;
  std::string ignored_;
};

}  // namespace trecvit
