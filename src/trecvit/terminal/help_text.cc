#include "trecvit/terminal/help_text.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

namespace trecvit::cli {
namespace {

constexpr int kFewest = 60, kMost = 100;
constexpr size_t kTextColumn = 30;  // of an option's description, as set by CLI11

// The column at which the text of a line begins.
size_t indent_of(std::string_view line) {
  const size_t begin = std::min(line.find_first_not_of(' '), line.size());
  const bool described = begin == 2 && line.size() > kTextColumn && line[kTextColumn - 1] == ' ';
  if (described) return kTextColumn;
  const bool item = begin == 2 || line.substr(begin).starts_with("- ");  // an option alone, or a list item
  return item ? begin + 4 : begin;
}

}  // namespace

int help_columns() {
  winsize size{};
  if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kMost;
  return std::clamp<int>(size.ws_col, kFewest, kMost);
}

std::string wrap_help(std::string_view text, int columns) {
  std::string out;
  const auto width = static_cast<size_t>(columns);
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const std::string indent(indent_of(line), ' ');
    for (std::string_view rest = line;;) {
      const size_t room = width - (rest.data() == line.data() ? 0 : indent.size());
      const size_t first_blank = rest.data() == line.data() ? indent.size() : 0;
      size_t cut = std::string_view::npos;
      if (rest.size() > room) {
        cut = rest.rfind(' ', room);
        const bool long_word = cut == std::string_view::npos || cut <= first_blank;
        if (long_word) cut = rest.find(' ', first_blank + 1);
      }
      out += rest.substr(0, cut);
      out += '\n';
      if (cut == std::string_view::npos) break;
      rest.remove_prefix(cut + 1);
      out += indent;
    }
  }
  return out;
}

}  // namespace trecvit::cli
