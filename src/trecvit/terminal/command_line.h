// From arguments to an exit code, for programs with verbs.
#pragma once

#include <CLI/CLI.hpp>

#include <functional>
#include <string>
#include <vector>

#include "trecvit/terminal/usage.h"

namespace trecvit::cli {

// Runs the chosen verb and returns the exit code.
using Run = std::function<int()>;
// Adds a verb to the command line; parsing sets `run` if the user chose that verb.
using AddVerb = void (*)(CLI::App& app, Run& run);

// Runs a function and turns errors into messages on stderr and documented exit codes. Never throws.
int exit_code_of(const std::function<int()>& function);

// Parses the arguments and runs the verb.
// arguments: from arguments_of (usage.h).
int run_command_line(const std::vector<std::string>& arguments, const std::vector<AddVerb>& verbs);

}  // namespace trecvit::cli
