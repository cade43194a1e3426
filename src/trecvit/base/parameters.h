// The parameters in the name of something generated: "KEY=VALUE&KEY=VALUE".
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "trecvit/base/error.h"
#include "trecvit/base/parse_number.h"
#include "trecvit/base/words.h"

namespace trecvit {

struct Parameter {
  std::string_view key, value;  // views into the text that was split
};

// In the order of the text. Throws Error(kUsage) naming `where` for a part without '=' or a key given twice.
std::vector<Parameter> split_parameters(std::string_view where, std::string_view text);

template <class T>
struct NumberRange {
  std::string_view what;  // for the message
  T low, high;            // both included
};

// The whole of `text` as a number. Throws Error(kUsage) naming `where`.
template <class T>
T parse_number(std::string_view where, std::string_view text, const NumberRange<T>& range) {
  const auto value = trecvit::parse_number<T>(text);
  if (!value || *value < range.low || *value > range.high)
    fail_usage(where, "expected {} from {} to {}, got '{}'", range.what, range.low, range.high, printable(text));
  return *value;
}

// The index of `text` among `words`. Throws Error(kUsage) naming `where` and listing them. what: for the message.
size_t parse_choice(std::string_view where, std::string_view what, std::string_view text,
                    std::span<const std::string> words);

// The value of a word of an enumeration (words.h), with the same message.
template <class Enum>
Enum parse_choice(std::string_view where, std::string_view what, std::string_view text) {
  return value_at<Enum>(parse_choice(where, what, text, words_for<Enum>()));
}

}  // namespace trecvit
