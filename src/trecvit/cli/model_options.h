// The options that say which model runs and how, and what they open.
#pragma once

#include <CLI/CLI.hpp>

#include <memory>
#include <string>

#include "trecvit/engine/engine.h"

namespace trecvit::cli {

struct ModelOptionsArgs {
  std::string model;
  std::string labels;
  std::string image_size;
  std::string provider = "auto", precision = "auto", device = "cpu";
  std::string readout;  // empty: the model's own
  int threads = 1;
  ModelBudget budget;
  bool predicts = true;  // whether the verb shows predictions, which of generated weights mean nothing
};
void add_model_options(CLI::App& verb, ModelOptionsArgs& args, bool model_required = true);
// Shows --device, which add_model_options hides, in verbs that have the trainable model.
void show_device_option(CLI::App& verb);
// --readout, for verbs whose answer depends on it, with what holds without it.
void add_readout_option(CLI::App& verb, ModelOptionsArgs& args, const char* otherwise = "the model's, else mean");
// --model and what belongs to its files, for verbs that run nothing.
void add_model_file_options(CLI::App& verb, ModelOptionsArgs& args, bool model_required = true);
// --labels and --image-size alone.
void add_model_detail_options(CLI::App& verb, ModelOptionsArgs& args);

// A checked model that is not packed yet; once a signal has arrived, its tensors are not read (stoppable_weights.h).
// Understands paths and "generated:SIZE?seed=1&classes=400", with a note that such a model knows nothing where the verb
// predicts or is given --labels.
ModelFiles open_model_files(const ModelOptionsArgs& args);
// Throws Error(kInput) for an encoder without a head, which has no classes to name, and, unless its probe is what is
// read, for a model with a probe in its folder, whose own classes were never learnt.
void require_head(const ModelConfig& config, const ModelOptionsArgs& args, bool reads_probe = false);
// Whether the weights come from the generator, so that labels mean nothing.
bool is_generated(const ModelOptionsArgs& args);

// A loaded model with one engine.
struct OpenedModel {
  explicit OpenedModel(const ModelOptionsArgs& args);

  std::shared_ptr<const Model> model;
  const ModelConfig& config;
  Engine engine;
  Readout readout;  // that the user asked for, else the model's

  StreamState make_state() const { return model->make_state(readout); }
};

}  // namespace trecvit::cli
