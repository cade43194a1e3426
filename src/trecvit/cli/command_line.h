// What the programs trecvit and trecvit-train share: from arguments to an exit code.
#pragma once

#include <string>
#include <vector>

#include "trecvit/cli/command.h"
#include "trecvit/cli/usage.h"

namespace trecvit::cli {

using AddVerb = void (*)(CLI::App& app, Run& run);

// Runs something and turns errors into sentences on stderr and documented exit codes. Throws nothing.
int exit_code_of(const std::function<int()>& function);

// Parses and runs the verb.
// arguments: of arguments_of (usage.h).
int run_command_line(const std::vector<std::string>& arguments, const std::vector<AddVerb>& verbs);

// Starts trecvit-train with the same arguments in the place of this program where they ask for a verb or an execution
// that lives there, else returns. It is looked for beside this program and in ../libexec/trecvit. Throws
// Error(kUnavailable) where it is in neither.
void hand_over_to_trainer(const std::vector<std::string>& arguments);

}  // namespace trecvit::cli
