// Words of a command line that the parser would quietly take for something else than what was meant.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace trecvit::cli {

// Throws Error(kUsage) for an option with an equals sign and no value behind it, which would take the next argument for
// its value (a shell writes --json= where a variable is empty); for another option where the value of one belongs; and
// for -model and -o=FILE, which would be read as -m odel and -o =FILE. Words behind "--" are not looked at.
// arguments: of arguments_of (usage.h).
void check_option_words(const CLI::App& app, const std::vector<std::string>& arguments);

}  // namespace trecvit::cli
