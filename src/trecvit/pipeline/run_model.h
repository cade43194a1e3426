// Finds the model of a training run from its config.
#pragma once

#include <string>

#include "trecvit/config/train_config.h"

namespace trecvit {

// The model folder of the run whose config.toml this is. Throws Error(kUsage) for a config that belongs to no run,
// Error(kInput) for a run that has not ended, saying what can be tested instead.
std::string model_of_run(const std::string& config_path, TaskKind task);
// One line about the model of that run: the step that it was saved at, and the step and score of the best model. Empty
// if the run folder does not say.
std::string about_model_of_run(const std::string& config_path);

}  // namespace trecvit
