// Names as they may be typed at a shell.
#pragma once

#include <string>
#include <string_view>

namespace trecvit {

// As it is where a shell takes it for one plain word, else in single quotes: 'my runs/a'.
std::string shell_word(std::string_view text);

}  // namespace trecvit
