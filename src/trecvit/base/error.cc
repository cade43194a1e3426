#include "trecvit/base/error.h"

#include <algorithm>

namespace trecvit {

std::string printable(std::string_view text, size_t max_length) {
  std::string out(text.substr(0, max_length));
  std::replace_if(out.begin(), out.end(), [](unsigned char c) { return c < 0x20 || c >= 0x7f; }, '?');
  if (text.size() > max_length) out += "...";
  return out;
}

}  // namespace trecvit
