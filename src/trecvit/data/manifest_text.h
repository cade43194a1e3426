// Shared by the list readers: lines, blanks, and checks for text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "trecvit/base/utf8.h"

namespace trecvit {

constexpr std::string_view kBlanks = " \t";

// The text without a byte order mark. Throws Error(kInput) naming `name` for UTF-16, which table programs write, and
// UTF-32.
std::string_view plain_text(std::string_view text, const std::string& name);

// The words of a line, separated by blanks; a word in double quotes may contain blanks and is returned without its
// quotes.
std::vector<std::string_view> words_of(std::string_view line);

struct TextLine {
  std::string_view text;  // without blanks around
  int64_t number = 0;     // from 1
};

// The lines of a list, without blank lines and without remarks, which begin with '#'.
class LineReader {
 public:
  // Borrows the text.
  LineReader(std::string_view text, const std::string& name);

  // Throws Error(kInput) naming the line for a line over 1 MiB, a zero byte, or a carriage return within the line,
  // which old programs use as a line ending.
  std::optional<TextLine> next();
  int64_t remarks() const { return remarks_; }

 private:
  std::string_view text_;
  std::string name_;
  size_t at_ = 0;
  int64_t number_ = 0, remarks_ = 0;
};

// "; 2 lines with # passed over", or empty if there are none.
std::string describe_remarks(int64_t remarks);

}  // namespace trecvit
