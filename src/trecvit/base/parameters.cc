#include "trecvit/base/parameters.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "trecvit/base/suggest.h"

namespace trecvit {

std::vector<Parameter> split_parameters(std::string_view where, std::string_view text) {
  std::vector<Parameter> parameters;
  std::set<std::string_view> seen;
  while (true) {
    const size_t end = text.find('&');
    const std::string_view pair = text.substr(0, end), key = pair.substr(0, pair.find('='));
    if (key.size() == pair.size()) fail_usage(where, "expected PARAMETER=VALUE, got '{}'", printable(pair));
    if (!seen.insert(key).second) fail_usage(where, "expected each parameter once, got '{}' twice", printable(key));
    parameters.push_back({key, pair.substr(key.size() + 1)});
    if (end == std::string_view::npos) return parameters;
    text.remove_prefix(end + 1);
  }
}

size_t parse_choice(std::string_view where, std::string_view what, std::string_view text,
                    std::span<const std::string> words) {
  const auto found = std::find(words.begin(), words.end(), text);
  if (found == words.end()) {
    fail_usage(where, "expected {} to be one of {}, got '{}'{}", what, fmt::join(words, ", "), printable(text),
               did_you_mean(text, words));
  }
  return static_cast<size_t>(found - words.begin());
}

}  // namespace trecvit
