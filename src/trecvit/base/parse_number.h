// Parses numbers in untrusted text, independent of the locale.
#pragma once

#include <charconv>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string_view>

namespace trecvit {

// Reads the number at the start of the text and removes it from the text; nullopt if there is none that fits a T, and
// for infinities and NaN. Accepts digits, a leading minus if T is signed and, for floating point, a decimal point and
// an exponent. No blanks, no plus.
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

// The number, if it is the entire text.
template <class T>
std::optional<T> parse_number(std::string_view text) {
  const auto value = take_number<T>(text);
  return text.empty() ? value : std::nullopt;
}

}  // namespace trecvit
