// What the readers of lists share: lines, blanks, and what a file of text must not be.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "trecvit/base/utf8.h"

namespace trecvit {

// The text without a byte order mark. Throws Error(kInput) naming `name` for UTF-16, which table programs write, and
// UTF-32.
std::string_view plain_text(std::string_view text, const std::string& name);

// The words of a line, blanks between; one in double quotes may have blanks in it and is given without its quotes.
std::vector<std::string_view> words_of(std::string_view line);

struct TextLine {
  std::string_view text;  // without blanks around
  int64_t number = 0;     // from 1
};

// The lines of a list that say something: not the blank ones, nor remarks, which begin with '#'.
class LineReader {
 public:
  // Borrows the text.
  LineReader(std::string_view text, const std::string& name);

  // Throws Error(kInput) naming the line for one over 1 MiB, a zero byte, and a carriage return within the line, as old
  // programs end lines.
  std::optional<TextLine> next();
  int64_t remarks() const { return remarks_; }

 private:
  std::string_view text_;
  std::string name_;
  size_t at_ = 0;
  int64_t number_ = 0, remarks_ = 0;
};

// "; 2 lines with # passed over", or nothing for none.
std::string describe_remarks(int64_t remarks);

}  // namespace trecvit
