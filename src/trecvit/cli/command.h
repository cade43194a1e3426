// The verbs. Each file adds one subcommand and the function that runs it; main.cc calls the one the user chose.
#pragma once

#include "trecvit/terminal/command_line.h"

namespace trecvit::cli {

void add_classify(CLI::App& app, Run& run);
void add_stream(CLI::App& app, Run& run);
void add_embed(CLI::App& app, Run& run);
void add_dump(CLI::App& app, Run& run);
void add_check(CLI::App& app, Run& run);
void add_eval(CLI::App& app, Run& run);
void add_info(CLI::App& app, Run& run);
void add_convert(CLI::App& app, Run& run);
void add_bench(CLI::App& app, Run& run);
void add_demo(CLI::App& app, Run& run);
void add_data(CLI::App& app, Run& run);

}  // namespace trecvit::cli
