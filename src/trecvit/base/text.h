// Text from a file or a user on its way to a terminal: what it must not contain there, and whether it is UTF-8 at all.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>

namespace trecvit {

enum class LineFeeds { kReplaced, kKept };  // kKept: those of our lists, whose lines begin with two blanks

// The text as it may go to a terminal, always valid UTF-8. A '?' replaces each byte that is not UTF-8 and each
// character that a terminal would obey or that reorders what is shown: control characters (U+0000 to U+001F, U+007F to
// U+009F), line and paragraph separators, and the controls of bidirectional text. Letters of every script stay.
std::string terminal_text(std::string_view text, LineFeeds line_feeds = LineFeeds::kReplaced);

// The same for error messages: text over max_length bytes is cut between two characters.
std::string printable(std::string_view text, size_t max_length = 200);

// The same for text inside JSON, where those characters are valid: they are escaped as \uXXXX and so keep their
// meaning. `json`: serialised JSON, valid UTF-8.
std::string escape_for_terminal(std::string_view json);

// Where the first byte that is not UTF-8 lies; npos where all of the text is. Overlong forms, surrogates and numbers
// over U+10FFFF are not UTF-8.
size_t find_invalid_utf8(std::string_view text);

// Text of ours for a message that has several lines on purpose, names in it already printable.
struct Lines {
  std::string_view text;
};

// An argument of a message: strings as terminal_text on one line, others as they are.
template <class T>
auto shown(const T& argument) {
  if constexpr (std::is_same_v<T, Lines>) {
    return terminal_text(argument.text, LineFeeds::kKept);
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    return terminal_text(argument);
  } else {
    return argument;
  }
}

}  // namespace trecvit

// So that the format of a message is checked when it is compiled; shown() makes the text.
template <>
struct fmt::formatter<trecvit::Lines> : fmt::formatter<std::string_view> {};
