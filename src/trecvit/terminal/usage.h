// From the words behind the program's name to what the parser takes, and the sentences for those it does not.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace trecvit::cli {

// The arguments without the program's name. "help [VERB]", "VERB help", "version", "-v" and "-V" are given as the
// options they stand for, and a bare --json or --resume, whose value needs the equals sign, with one of its own. Throws
// Error(kUsage) where such a value stands behind them instead.
std::vector<std::string> arguments_of(int argc, char** argv);

// Whether there is a verb, and one of those known. Throws Error(kUsage) otherwise.
void check_verb(const CLI::App& app, const std::vector<std::string>& arguments);

// The sentence for arguments that could not be parsed. An unknown option comes before all else that is wrong, as it is
// mostly why something else is missing.
std::string sentence_of(const CLI::App& app, const CLI::ParseError& error);

}  // namespace trecvit::cli
