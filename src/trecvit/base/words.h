// Enumerations and their words in files and on the command line: the only conversion between the two. An enumeration
// has its words defined next to it:
//
//   enum class Pool { kCls, kGap };
//   constexpr auto enum_words(Pool) { return make_words<Pool>({{"cls", Pool::kCls}, {"gap", Pool::kGap}}); }
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "trecvit/base/error.h"
#include "trecvit/base/suggest.h"

namespace trecvit {

template <class Enum>
using Word = std::pair<std::string_view, Enum>;

template <class Enum, size_t kCount>
constexpr std::array<Word<Enum>, kCount> make_words(const Word<Enum> (&all)[kCount]) {
  return std::to_array(all);
}

// "?" for a value that has no word.
template <class Enum>
constexpr std::string_view word_of(Enum value) {
  for (const auto& [word, meaning] : enum_words(Enum{})) {
    if (meaning == value) return word;
  }
  return "?";
}

template <class Enum>
constexpr std::optional<Enum> value_of(std::string_view text) {
  for (const auto& [word, meaning] : enum_words(Enum{})) {
    if (word == text) return meaning;
  }
  return std::nullopt;
}

// How many words there are, and the value of the i-th one, i below that number.
template <class Enum>
inline constexpr size_t kWordCount = enum_words(Enum{}).size();
template <class Enum>
constexpr Enum value_at(size_t i) {
  return enum_words(Enum{}).at(i).second;
}

// All words, in the order in which users see them.
template <class Enum>
std::vector<std::string> words_for() {
  std::vector<std::string> out;
  for (const auto& [word, meaning] : enum_words(Enum{})) out.emplace_back(word);
  return out;
}

// "none, pairs or moves"
std::string alternatives(const std::vector<std::string>& words);

// Throws Error(kUsage) naming `where`, what is expected and the nearest word.
template <class Enum>
Enum parse_word(std::string_view text, std::string_view where) {
  if (const auto value = value_of<Enum>(text)) return *value;
  const auto known = words_for<Enum>();
  fail_usage(where, "expected {}, got '{}'{}", alternatives(known), printable(text), did_you_mean(text, known));
}

}  // namespace trecvit
