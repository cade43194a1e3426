// The commands that trecvit-train adds to those of trecvit: all that need LibTorch.
#pragma once

#include "trecvit/cli/command.h"
#include "trecvit/cli/model_execution.h"

namespace trecvit::cli {

void add_train(CLI::App& app, Run& run);
void add_pretrain(CLI::App& app, Run& run);
void add_probe(CLI::App& app, Run& run);

// The trainable model, for check and dump.
ModelExecution trainable_model();

}  // namespace trecvit::cli
