// The options that choose the model and how it runs.
#pragma once

#include <CLI/CLI.hpp>

#include "trecvit/pipeline/model_choice.h"

namespace trecvit::cli {

void add_model_options(CLI::App& verb, ModelChoice& args, bool model_required = true);
// Makes --device visible, which add_model_options hides, in verbs that support the trainable model.
void show_device_option(CLI::App& verb);
// --readout, for verbs whose answer depends on it. `otherwise` describes the default.
void add_readout_option(CLI::App& verb, ModelChoice& args, const char* otherwise = "the model's, else mean");
// The default in verbs that stream.
inline constexpr const char* kStreamReadoutDefault =
    "the model's; if that is mean, a window as long as the training clips, or 10 s if that is unknown";
// --model and the options for its files, for verbs that do not run the model.
void add_model_file_options(CLI::App& verb, ModelChoice& args, bool model_required = true);
// Only --labels and --image-size.
void add_model_detail_options(CLI::App& verb, ModelChoice& args);

// Adds the settings of the whole command: --seed, stopping on signals, notes on stderr.
ModelChoice in_command(ModelChoice choice);
// open_model_files, open_trainable_files and OpenedModel, applied to in_command(choice).
ModelFiles open_files(const ModelChoice& choice, bool trainable = false);
OpenedModel open_to_run(const ModelChoice& choice);

}  // namespace trecvit::cli
