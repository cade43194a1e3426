// Makes text from files and users safe for a terminal, and checks whether it is UTF-8.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace trecvit {

enum class LineFeeds { kReplaced, kKept };  // kKept: keeps those of our own lists, whose lines begin with two blanks

// The text made safe for a terminal, always valid UTF-8. A '?' replaces each byte that is not UTF-8 and each character
// that a terminal would obey or that reorders what is shown: control characters (U+0000 to U+001F, U+007F to U+009F),
// line and paragraph separators, and the controls of bidirectional text. Letters of every script stay. Passwords in
// URLs are hidden (base/url.h).
std::string terminal_text(std::string_view text, LineFeeds line_feeds = LineFeeds::kReplaced);

// The same for error messages: text over max_length bytes is cut between two characters.
std::string printable(std::string_view text, size_t max_length = 200);

// The same for text inside JSON, where those characters are valid: they are escaped as \uXXXX and so keep their
// meaning. `json`: serialised JSON, valid UTF-8.
std::string escape_for_terminal(std::string_view json);

// Offset of the first byte that is not UTF-8; npos if the whole text is UTF-8. Overlong forms, surrogates and numbers
// over U+10FFFF are not UTF-8.
size_t find_invalid_utf8(std::string_view text);

// A to Z in lower case; every other byte stays.
constexpr char ascii_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
std::string ascii_lower(std::string_view text);

bool is_one_of(std::string_view text, std::span<const std::string_view> names);

// Our own text for a message that has several lines on purpose; names in it are already printable.
struct Lines {
  std::string_view text;
};

// An argument of a message: strings as terminal_text on one line, other types unchanged.
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

// Lets the format of a message be checked at compile time; shown() makes the text.
template <>
struct fmt::formatter<trecvit::Lines> : fmt::formatter<std::string_view> {};
