// "Did you mean ...?" for a word from outside that is nearly one of those known.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace trecvit {

// The nearest of the words by letters put in, left out, changed or swapped with their neighbour, in any case; about one
// in three may be wrong. Empty where none is near. Of equally near ones the first.
std::string_view nearest_word(std::string_view word, const std::vector<std::string_view>& known);

// What to put behind a message: "; did you mean mean?", or nothing. known: a list of words of any type.
template <class Words>
std::string did_you_mean(std::string_view word, const Words& known) {
  const std::string_view nearest =
      nearest_word(word, std::vector<std::string_view>(std::begin(known), std::end(known)));
  return nearest.empty() ? std::string() : "; did you mean " + std::string(nearest) + "?";
}

}  // namespace trecvit
