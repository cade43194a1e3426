// Counts what stands in a text.
#pragma once

#include <string_view>

namespace trecvit::test {

inline size_t occurrences(std::string_view text, std::string_view what) {
  size_t found = 0;
  for (size_t at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1)) ++found;
  return found;
}

}  // namespace trecvit::test
