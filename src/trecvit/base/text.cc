#include "trecvit/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "trecvit/base/url.h"
#include "trecvit/base/utf8.h"

namespace trecvit {
namespace {

bool acts_on_a_terminal(uint32_t code) {
  const auto within = [code](uint32_t first, uint32_t last) { return code >= first && code <= last; };
  return code < 0x20 || within(0x7f, 0x9f) || code == 0x61c || within(0x200e, 0x200f) || within(0x2028, 0x202e) ||
         within(0x2066, 0x2069);
}

}  // namespace

std::string terminal_text(std::string_view given, LineFeeds line_feeds) {
  const std::string safe = without_secrets(given);
  const std::string_view text = safe;
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const auto [code, bytes] = first_character(text.substr(at));
    // Lines of our own lists begin with two blanks: no other text, whatever its origin, can begin a line.
    const bool of_list = text.substr(at).starts_with("\n  ");
    const bool kept_feed = of_list && line_feeds == LineFeeds::kKept;
    if (bytes == 0 || (acts_on_a_terminal(code) && !kept_feed)) {
      out += '?';
    } else {
      out += text.substr(at, bytes);
    }
    at += bytes == 0 ? 1 : bytes;
  }
  return out;
}

std::string printable(std::string_view given, size_t max_length) {
  const std::string safe = without_secrets(given);  // first: a cut must not part a password from its mark
  const std::string_view text = safe;
  if (text.size() <= max_length) return terminal_text(text);
  size_t end = max_length;
  // At most three bytes back, so that bytes that are not characters cannot shorten the text without limit.
  for (size_t back = 0; back < 3 && end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80; ++back) --end;
  return terminal_text(text.substr(0, end)) + "...";
}

std::string escape_for_terminal(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  for (size_t at = 0; at < json.size();) {
    const auto [code, bytes] = first_character(json.substr(at));
    if (code >= 0x20 && acts_on_a_terminal(code)) {
      out += fmt::format("\\u{:04x}", code);
    } else {
      out += json.substr(at, bytes == 0 ? 1 : bytes);
    }
    at += bytes == 0 ? 1 : bytes;
  }
  return out;
}

size_t find_invalid_utf8(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const size_t bytes = first_character(text.substr(at)).bytes;
    if (bytes == 0) return at;
    at += bytes;
  }
  return std::string_view::npos;
}

std::string ascii_lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = ascii_lower(c);
  return out;
}

bool is_one_of(std::string_view text, std::span<const std::string_view> names) {
  return std::find(names.begin(), names.end(), text) != names.end();
}

}  // namespace trecvit
