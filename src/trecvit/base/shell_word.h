// Quotes names for a shell.
#pragma once

#include <string>
#include <string_view>

namespace trecvit {

// Unchanged if a shell reads it as one plain word, otherwise in single quotes: 'my runs/a'.
std::string shell_word(std::string_view text);

}  // namespace trecvit
