// Help as it goes to a terminal.
#pragma once

#include <string>
#include <string_view>

namespace trecvit::cli {

// Columns of the terminal that stdout is, from 60 to 100; 100 for anything else.
int help_columns();

// Lines longer than `columns` broken at blanks; what goes on is indented as the text of its line is. Words longer than
// a line stay whole.
std::string wrap_help(std::string_view text, int columns);

}  // namespace trecvit::cli
