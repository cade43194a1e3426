#include "trecvit/base/suggest.h"
#include "trecvit/base/text.h"

#include <algorithm>

namespace trecvit {
namespace {

constexpr size_t kLongest = 64;  // letters; longer words are not typing errors

// Optimal string alignment: a letter is changed at most once.
size_t distance(const std::string& a, const std::string& b) {
  std::vector<size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, above);
    std::swap(above, row);
  }
  return above[b.size()];
}

}  // namespace

std::string_view nearest_word(std::string_view word, const std::vector<std::string_view>& known) {
  if (word.empty() || word.size() > kLongest) return {};
  const std::string given = ascii_lower(word);
  std::string_view nearest;
  size_t least = kLongest;
  for (const std::string_view candidate : known) {
    if (candidate.empty() || candidate.size() > kLongest) continue;
    const size_t letters = std::max(given.size(), candidate.size());
    const size_t d = distance(given, ascii_lower(candidate));
    if (d > letters / 3 || d >= least) continue;
    nearest = candidate;
    least = d;
  }
  return nearest;
}

}  // namespace trecvit
