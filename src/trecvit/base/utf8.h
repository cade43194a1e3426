// Untrusted text, character by character: tells UTF-8 from other encodings, and trims blanks around fields.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace trecvit {

struct Character {
  uint32_t code = 0;
  size_t bytes = 0;  // 0: not UTF-8
};

// The first character of a non-empty text. Overlong forms, surrogates and numbers over U+10FFFF are not UTF-8.
Character first_character(std::string_view text);

// "UTF-16" or "UTF-32" if the text has a byte order mark; "UTF-16LE", "UTF-16BE", "UTF-32LE" or "UTF-32BE" from the
// positions of the zero bytes in its first characters. iconv knows all these names. Empty for any other text.
std::string_view wide_encoding(std::string_view text);

// The text without blanks around it: spaces, tabs, carriage returns, no-break and zero-width spaces, and byte order
// marks, which occur inside a file that was joined from others.
std::string_view trimmed(std::string_view text);

}  // namespace trecvit
