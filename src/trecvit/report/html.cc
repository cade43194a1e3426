#include "trecvit/report/html.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>

namespace trecvit::report {
namespace {

constexpr std::string_view kUnknown = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::string_view kNothing = "\xE2\x80\x93";  // a dash

// The number of bytes of the first character of the text; 0 if they are not UTF-8 (RFC 3629).
size_t character_bytes(std::string_view text) {
  const auto byte = [text](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const auto follows = [&](size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const unsigned first = byte(0), second = byte(1);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const bool overlong = first == 0xE0 && second < 0xA0, surrogate = first == 0xED && second > 0x9F;
    return follows(1) && follows(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool overlong = first == 0xF0 && second < 0x90, beyond = first == 0xF4 && second > 0x8F;
    return follows(1) && follows(2) && follows(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

std::string_view escaped(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return {};
  }
}

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7F;
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t bytes = character_bytes(text);
    if (bytes == 0 || is_control(text[0])) {
      out += kUnknown;
    } else if (const auto name = escaped(text[0]); !name.empty()) {
      out += name;
    } else {
      out += text.substr(0, bytes);
    }
    text.remove_prefix(bytes == 0 ? 1 : bytes);
  }
  return out;
}

std::string png_uri(std::span<const std::byte> png) {
  static constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out = "data:image/png;base64,";
  for (size_t i = 0; i < png.size(); i += 3) {
    uint32_t bits = 0;
    for (size_t j = 0; j < 3; ++j) bits = bits << 8 | (i + j < png.size() ? static_cast<uint32_t>(png[i + j]) : 0);
    for (size_t j = 0; j < 4; ++j) out += i + j > png.size() ? '=' : kDigits[bits >> (18 - 6 * j) & 63];
  }
  return out;
}

std::string readable(double value) {
  return std::isfinite(value) ? fmt::format("{:.4g}", value) : std::string(kNothing);
}

std::string percent(double part) {
  return std::isfinite(part) ? fmt::format("{:.1f} %", 100 * part) : std::string(kNothing);
}

}  // namespace trecvit::report
