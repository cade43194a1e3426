// Formats help text for a terminal.
#pragma once

#include <string>
#include <string_view>

namespace trecvit::cli {

// Number of columns if stdout is a terminal, limited to 60 to 100; otherwise 100.
int help_columns();

// Breaks lines longer than `columns` at spaces. Continuation lines are indented like the text of their line. Words
// longer than a line are not broken.
std::string wrap_help(std::string_view text, int columns);

}  // namespace trecvit::cli
