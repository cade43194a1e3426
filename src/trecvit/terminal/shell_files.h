// Files about a command for other programs: completion for shells and the manual page, from the same table as --help.
#pragma once

#include <CLI/CLI.hpp>

#include <string>

#include "trecvit/base/words.h"

namespace trecvit::cli {

enum class Shell { kBash, kZsh, kFish };
constexpr auto enum_words(Shell) {
  return make_words<Shell>({{"bash", Shell::kBash}, {"zsh", Shell::kZsh}, {"fish", Shell::kFish}});
}

// Completes verbs and long options; everything else is a file.
std::string completion_script(const CLI::App& app, Shell shell);

// Section 1, in the format of man(7). version: "0.1.0".
std::string manual_page(const CLI::App& app, const std::string& version);

}  // namespace trecvit::cli
