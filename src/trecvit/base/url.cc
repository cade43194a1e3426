#include "trecvit/base/url.h"

#include <algorithm>
#include <cstddef>

#include "trecvit/base/text.h"

namespace trecvit {
namespace {

constexpr std::string_view kMark = "://";
constexpr std::string_view kHidden = "***";

constexpr bool is_letter(char c) { return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z'; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_of_scheme(char c) { return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.'; }

// Where the URL ends whose beginning is at `begin`.
size_t end_of_url(std::string_view text, size_t begin) {
  for (size_t at = begin; at < text.size(); ++at) {
    const char c = text[at];
    if (static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '\'') return at;
    if ((c == ',' || c == ';') && (at + 1 == text.size() || text[at + 1] == ' ')) return at;
  }
  return text.size();
}

// How many bytes of what follows the scheme are the user's name and password with their @.
size_t length_of_user(std::string_view rest) {
  const size_t authority = std::min(rest.find_first_of("/?#"), rest.size());
  const size_t at = rest.substr(0, authority).rfind('@');
  if (at != std::string_view::npos) return at + 1;
  // host:port is followed by a slash; what else follows a colon is a password that a slash cut in two.
  const size_t colon = rest.substr(0, authority).rfind(':'), later = rest.rfind('@');
  if (colon == std::string_view::npos || later == std::string_view::npos || rest.starts_with('[')) return 0;
  const auto port = rest.substr(colon + 1, authority - colon - 1);
  return std::ranges::all_of(port, is_digit) ? 0 : later + 1;
}

// Text after one that was hidden before belongs to the message around the URL.
std::string hidden(std::string_view value) { return std::string(value.starts_with(kHidden) ? value : kHidden); }

// "?a=1&b=2" as "?a=***&b=***"; a part without = is a value.
std::string hide_values(std::string_view query) {
  std::string out(query.substr(0, 1));
  for (size_t at = 1; at < query.size();) {
    const size_t end = std::min(query.find('&', at), query.size());
    const std::string_view part = query.substr(at, end - at);
    const size_t value = part.find('=') + 1;  // 0 without one
    out += part.substr(0, value);
    out += hidden(part.substr(value));
    if (end < query.size()) out += '&';
    at = end + 1;
  }
  return out;
}

// What follows the scheme of one URL.
std::string hide_in(std::string_view rest) {
  std::string out;
  if (const size_t user = length_of_user(rest); user > 0) {
    out = std::string(kHidden) + "@";
    rest.remove_prefix(user);
  }
  const size_t fragment = std::min(rest.find('#'), rest.size()), query = std::min(rest.find('?'), fragment);
  out += rest.substr(0, query);
  if (query < fragment) out += hide_values(rest.substr(query, fragment - query));
  if (fragment < rest.size()) out += "#" + hidden(rest.substr(fragment + 1));
  return out;
}

}  // namespace

std::string scheme_of(std::string_view text) {
  const size_t mark = text.find(kMark);
  if (mark == std::string_view::npos || mark == 0 || !is_letter(text[0])) return "";
  const auto scheme = text.substr(0, mark);
  return std::ranges::all_of(scheme, is_of_scheme) ? ascii_lower(scheme) : "";
}

std::string without_secrets(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const size_t mark = text.find(kMark, at);
    if (mark == std::string_view::npos) return out += text.substr(at);
    const size_t begin = mark + kMark.size();
    out += text.substr(at, begin - at);
    if (mark == 0 || !is_of_scheme(text[mark - 1])) {
      at = begin;
      continue;
    }
    at = end_of_url(text, begin);
    out += hide_in(text.substr(begin, at - begin));
  }
  return out;
}

}  // namespace trecvit
