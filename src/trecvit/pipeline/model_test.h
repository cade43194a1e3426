// The clips on which a model is tested: those of a run's config, or others.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "trecvit/config/train_config.h"
#include "trecvit/data/clip_dataset.h"
#include "trecvit/io/json.h"

namespace trecvit {

struct TestChoice {
  std::string config;                // config.toml of a run; empty: none
  std::vector<std::string> changes;  // "KEY=VALUE" for its fields
  // These replace the config's values, if given.
  std::string data, split;
  std::optional<FrameOrder> order;
  std::optional<int64_t> views, crops, frames, stride, max_pixels;
};

// The run's config overridden by the choice; without a config, settings as in the model's training, with eight clips
// per batch. Throws as read_train_config does, and Error(kUsage) if neither says what to test.
TrainConfig test_config(const TestChoice& choice, const ModelConfig& model);

// config.val opened for testing, with its classes in the model's order. Throws as open_dataset.
std::unique_ptr<ClipDataset> open_test_set(const TrainConfig& config, const ModelConfig& model);

// Throws Error(kUsage) if the classes of the data differ from those of the model, in number or in name.
void check_classes(const ModelConfig& model, const std::vector<std::string>& classes);

// The result of a test as an object of schema trecvit.eval/1. metrics: an object whose fields are included; tested: the
// model or the baseline; bad_files: names and reasons.
Json test_json(const Json& metrics, const std::string& tested, const TrainConfig& config,
               const std::vector<std::pair<std::string, std::string>>& bad_files);

}  // namespace trecvit
