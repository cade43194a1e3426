// Text from outside, character by character: what UTF-8 is and what is another encoding, and the blanks around a field.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace trecvit {

struct Character {
  uint32_t code = 0;
  size_t bytes = 0;  // 0: not UTF-8
};

// The character at the beginning of a text that is not empty. Overlong forms, surrogates and numbers over U+10FFFF are
// not UTF-8.
Character first_character(std::string_view text);

// "UTF-16" or "UTF-32" by the byte order mark of a text, "UTF-16LE", "UTF-16BE", "UTF-32LE" or "UTF-32BE" by where the
// zero bytes of its first characters stand: a name that iconv knows. Empty for any other text.
std::string_view wide_encoding(std::string_view text);

// The text without blanks around it: spaces, tabs, carriage returns, no-break and zero-width spaces, and byte order
// marks, which stand inside a file where others were joined.
std::string_view trimmed(std::string_view text);

}  // namespace trecvit
