// Which model runs and how, as named in options and requests, and the steps from these names to a model that is ready
// to run.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "trecvit/engine/engine.h"

namespace trecvit {

struct ModelChoice {
  std::string model;       // a path, or generated:SIZE?seed=1&classes=400
  std::string labels;      // kinetics400, ssv2 or a file; empty: the model's own
  std::string image_size;  // "HxW" or one side; empty: the model's own
  std::string provider = "auto", precision = "auto", device = "cpu";
  std::string readout;  // empty: the model's own
  int threads = 1;
  ModelBudget budget;
  bool predicts = true;       // whether predictions are shown; with generated weights they are meaningless
  uint64_t seed = 1;          // for generated weights whose name gives none
  std::stop_token stop = {};  // ends reading of the weights and long steps
  std::function<void(const std::string& sentence)> say = {};  // told what people should know about the model, if set
};

// A checked model that is not packed yet. Once choice.stop was requested, its tensors are not read
// (weights/stoppable_weights.h). Messages name the options of the command: --model, --labels and so on. Throws
// Error(kUsage) for values that are not recognized, with a suggestion of what may have been meant, Error(kUnavailable)
// for a precision or device that this build lacks, and as open_model does.
ModelFiles open_model_files(const ModelChoice& choice);

// The provider of a choice whose files were opened. If only the trainable model has the device, the engine keeps its
// own.
ProviderChoice provider_of(const ModelChoice& choice);

// Like open_model_files, but for the trainable model, which runs on more devices than the engine; the budget is
// checked.
ModelFiles open_trainable_files(const ModelChoice& choice);

// Throws Error(kInput) for an encoder without a head, which has no classes to name, and, unless the probe is being
// read, for a model with a probe in its folder, whose own classes were never trained.
void require_head(const ModelConfig& config, const ModelChoice& choice, bool reads_probe = false);

// Whether the weights come from the generator, so that labels are meaningless.
bool is_generated(const ModelChoice& choice);

// Accepts a value that this build has. Throws Error(kUnavailable) for one that trecvit knows but this build lacks,
// Error(kUsage) for others. For values that this build lacks, the part after a colon is ignored (cuda:1).
void check_in_build(const char* option, const std::string& value, const std::vector<std::string>& here,
                    const std::vector<std::string>& elsewhere);

// A loaded model with one engine.
struct OpenedModel {
  // Throws Error as open_model_files, Model::make and parse_readout do, Stopped.
  explicit OpenedModel(const ModelChoice& choice) : OpenedModel(open_model_files(choice), choice) {}
  // From files that were opened with that choice.
  OpenedModel(const ModelFiles& files, const ModelChoice& choice);

  std::shared_ptr<const Model> model;
  const ModelConfig& config;
  Engine engine;
  Readout readout;  // the chosen one, otherwise the model's

  StreamState make_state() const { return model->make_state(readout); }
};

}  // namespace trecvit
