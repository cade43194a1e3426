#include "trecvit/base/words.h"

#include <fmt/ranges.h>

#include <span>

namespace trecvit {

std::string alternatives(const std::vector<std::string>& words) {
  if (words.size() < 2) return words.empty() ? "" : words[0];
  return fmt::format("{} or {}", fmt::join(std::span(words).first(words.size() - 1), ", "), words.back());
}

}  // namespace trecvit
