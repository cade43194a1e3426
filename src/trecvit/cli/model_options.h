// The options that say which model runs and how.
#pragma once

#include <CLI/CLI.hpp>

#include "trecvit/pipeline/model_choice.h"

namespace trecvit::cli {

void add_model_options(CLI::App& verb, ModelChoice& args, bool model_required = true);
// Shows --device, which add_model_options hides, in verbs that have the trainable model.
void show_device_option(CLI::App& verb);
// --readout, for verbs whose answer depends on it, with what holds without it.
void add_readout_option(CLI::App& verb, ModelChoice& args, const char* otherwise = "the model's, else mean");
// What holds without it in verbs that stream.
inline constexpr const char* kStreamReadoutDefault =
    "the model's; where that is mean, a window of the length trained on, else of 10 s";
// --model and what belongs to its files, for verbs that run nothing.
void add_model_file_options(CLI::App& verb, ModelChoice& args, bool model_required = true);
// --labels and --image-size alone.
void add_model_detail_options(CLI::App& verb, ModelChoice& args);

// With what holds for the whole command: --seed, stopped by signals, notes on stderr.
ModelChoice in_command(ModelChoice choice);
// open_model_files, open_trainable_files and OpenedModel of in_command(choice).
ModelFiles open_files(const ModelChoice& choice, bool trainable = false);
OpenedModel open_to_run(const ModelChoice& choice);

}  // namespace trecvit::cli
