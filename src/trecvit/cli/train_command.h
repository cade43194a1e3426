// The commands that trecvit-train has in addition to those of trecvit: all that need LibTorch.
#pragma once

#include "trecvit/cli/command.h"

namespace trecvit::cli {

void add_train(CLI::App& app, Run& run);
void add_pretrain(CLI::App& app, Run& run);
void add_probe(CLI::App& app, Run& run);

}  // namespace trecvit::cli
