// What a model is tested on: the clips of a run's config, or others.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "trecvit/config/train_config.h"
#include "trecvit/data/clip_dataset.h"

namespace trecvit {

struct TestChoice {
  std::string config;                // config.toml of a run; empty: none
  std::vector<std::string> changes;  // "KEY=VALUE", of its fields
  // In place of what the config says, where they are given.
  std::string data, split;
  std::optional<FrameOrder> order;
  std::optional<int64_t> views, crops, frames, stride, max_pixels;
};

// The run's config with the choice over it; without one, as the model was trained, eight clips a batch. Throws as
// read_train_config does, Error(kUsage) where nothing says what is tested.
TrainConfig test_config(const TestChoice& choice, const ModelConfig& model);

// config.val as in testing, its classes in the order of the model's. Throws as open_dataset.
std::unique_ptr<ClipDataset> open_test_set(const TrainConfig& config, const ModelConfig& model);

// Throws Error(kUsage) where the classes of the data are not those of the model, by number or by name.
void check_classes(const ModelConfig& model, const std::vector<std::string>& classes);

}  // namespace trecvit
