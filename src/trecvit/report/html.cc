#include "trecvit/report/html.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>

#include "trecvit/base/utf8.h"

namespace trecvit::report {
namespace {

constexpr std::string_view kUnknown = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::string_view kNothing = "\xE2\x80\x93";  // a dash

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
    const size_t bytes = first_character(text).bytes;
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
