// Numbers written in text that comes from outside.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace trecvit {

// The number, if the text is one from end to end: digits, with a minus in front or not.
inline std::optional<int64_t> whole_number(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace trecvit
