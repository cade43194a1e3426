// "Did you mean ...?" for an untrusted word that is close to a known one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace trecvit {

// The nearest known word by the number of letters inserted, omitted, changed or swapped with their neighbour, ignoring
// case; about one letter in three may be wrong. Empty if none is near; the first one on a tie.
std::string_view nearest_word(std::string_view word, const std::vector<std::string_view>& known);

// What to append to a message: "; did you mean mean?", or nothing. known: a list of words of any type.
template <class Words>
std::string did_you_mean(std::string_view word, const Words& known) {
  const std::string_view nearest =
      nearest_word(word, std::vector<std::string_view>(std::begin(known), std::end(known)));
  return nearest.empty() ? std::string() : "; did you mean " + std::string(nearest) + "?";
}

}  // namespace trecvit
