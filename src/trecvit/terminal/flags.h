// Checks of option values. Their messages follow the pattern of all messages: "expected ..., got ...".
#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include "trecvit/base/words.h"

namespace trecvit::cli {

CLI::Validator whole_number(int64_t least, int64_t most = INT64_MAX);
// Finite numbers.
CLI::Validator number_from(double least);
CLI::Validator number_over(double bound);
CLI::Validator non_empty();
CLI::Validator one_of(std::vector<std::string> words);

// An option whose value is a word of an enumeration (base/words.h). The default is the current content of `value`.
template <class Enum>
CLI::Option* add_word_option(CLI::App& verb, const std::string& name, Enum& value, const std::string& help) {
  const auto set = [&value](const std::string& word) { value = value_of<Enum>(word).value_or(value); };
  return verb.add_option_function<std::string>(name, set, help)
      ->check(one_of(words_for<Enum>()))
      ->default_str(std::string(word_of(value)));
}

// Hides options from --help that a verb accepts but does not use, so that scripts can pass the same options to all
// verbs.
void hide(CLI::App& verb, const std::vector<std::string>& options);

}  // namespace trecvit::cli
