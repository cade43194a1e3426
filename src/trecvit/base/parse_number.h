// Numbers written in text that comes from outside, read alike in every locale.
#pragma once

#include <charconv>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string_view>

namespace trecvit {

// The number that the text begins with, which is taken off it; nothing where it begins with none that a T holds, and
// for infinities and NaN. Digits, with a minus in front or not where T has a sign; of floating point also with a point
// and an exponent. No blanks, no plus.
template <class T>
std::optional<T> take_number(std::string_view& text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  if constexpr (std::floating_point<T>) {
    if (!std::isfinite(value)) return std::nullopt;
  }
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return value;
}

// The number, if the text is one from end to end.
template <class T>
std::optional<T> parse_number(std::string_view text) {
  const auto value = take_number<T>(text);
  return text.empty() ? value : std::nullopt;
}

}  // namespace trecvit
