// Turns the words after the program's name into what the parser accepts, and writes the messages for those it rejects.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace trecvit::cli {

// The arguments without the program's name. "help [VERB]", "VERB help", "version", "-v" and "-V" are replaced by the
// options they stand for. A bare --json or --resume gets an explicit value, because its value needs the equals sign.
// Throws Error(kUsage) if such a value follows as the next word instead.
std::vector<std::string> arguments_of(int argc, char** argv);

// Checks that there is a verb and that it is a known one. Throws Error(kUsage) otherwise.
void check_verb(const CLI::App& app, const std::vector<std::string>& arguments);

// The message for arguments that could not be parsed. An unknown option is reported before any other mistake, because
// it is usually the reason why something else is missing.
std::string sentence_of(const CLI::App& app, const CLI::ParseError& error);

}  // namespace trecvit::cli
