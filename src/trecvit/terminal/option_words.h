// Rejects words on a command line that the parser would silently misread.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace trecvit::cli {

// Throws Error(kUsage) for an option with an equals sign and no value after it, which would take the next argument as
// its value (a shell produces --json= if a variable is empty); for an option where the value of another option is
// expected; and for -model and -o=FILE, which would be read as -m odel and -o =FILE. Words after "--" are not checked.
// arguments: from arguments_of (usage.h).
void check_option_words(const CLI::App& app, const std::vector<std::string>& arguments);

}  // namespace trecvit::cli
