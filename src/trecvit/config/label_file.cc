#include "trecvit/config/label_file.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "trecvit/base/error.h"
#include "trecvit/base/text.h"
#include "trecvit/base/utf8.h"
#include "trecvit/base/whole_number.h"

namespace trecvit {
namespace {

constexpr size_t kMaxNames = 1'000'000;
std::string_view unquoted(std::string_view text) {
  return text.size() > 1 && text.front() == '"' && text.back() == '"' ? text.substr(1, text.size() - 2) : text;
}

using Names = std::vector<std::string_view>;

Names lines_of(std::string_view text) {
  Names lines;
  for (size_t at = 0; at < text.size() && lines.size() <= kMaxNames;) {
    const size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(trimmed(text.substr(at, end - at)));
    at = end + 1;
  }
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

struct Numbered {
  int64_t number;
  std::string_view name;
};

// "0 archery", "0,archery", "0\tarchery"
std::optional<Numbered> number_in_front(std::string_view line) {
  const size_t end = line.find_first_of(" \t,");
  if (end == std::string_view::npos) return std::nullopt;
  const auto number = whole_number(unquoted(line.substr(0, end)));
  const std::string_view name = unquoted(trimmed(line.substr(end + 1)));
  return number && !name.empty() ? std::optional(Numbered{*number, name}) : std::nullopt;
}

std::optional<Numbered> number_behind(std::string_view line) {
  const size_t begin = line.find_last_of(" \t,");
  if (begin == std::string_view::npos) return std::nullopt;
  const auto number = whole_number(unquoted(line.substr(begin + 1)));
  std::string_view name = trimmed(line.substr(0, begin));
  if (name.ends_with(',')) name = trimmed(name.substr(0, name.size() - 1));  // "archery, 0"
  name = unquoted(name);
  return number && !name.empty() ? std::optional(Numbered{*number, name}) : std::nullopt;
}

// The names in the order of their numbers, if all lines have one, none is missing and the names differ without them:
// the number of "player 1" is part of its name.
template <class Split>
std::optional<Names> in_order(std::span<const std::string_view> lines, Split split) {
  std::map<int64_t, std::string_view> by_number;
  for (const auto line : lines) {
    const auto numbered = split(line);
    if (!numbered || !by_number.emplace(numbered->number, numbered->name).second) return std::nullopt;
  }
  if (by_number.empty()) return std::nullopt;
  const int64_t first = by_number.begin()->first, last = by_number.rbegin()->first;
  if ((first != 0 && first != 1) || last - first + 1 != std::ssize(by_number)) return std::nullopt;
  Names names;
  for (const auto& [number, name] : by_number) names.push_back(name);
  const bool differ = std::set(names.begin(), names.end()).size() == names.size();
  return differ ? std::optional(std::move(names)) : std::nullopt;
}

// Numbers of one class alone say nothing: "1 walk" may be its name.
std::optional<Names> numbered_names(const Names& lines) {
  const std::span all(lines);
  for (const size_t header : {0, 1}) {
    if (lines.size() < header + 2) continue;
    if (header == 1 && lines[0].find_first_of(" \t,") == std::string_view::npos) continue;
    if (auto names = in_order(all.subspan(header), number_in_front)) return names;
    if (auto names = in_order(all.subspan(header), number_behind)) return names;
  }
  return std::nullopt;
}

void check_line(std::string_view line, const std::string& where) {
  if (line.empty()) fail_input(where, "expected the name of a class, got an empty line");
  if (line.find('\0') != std::string_view::npos) fail_input(where, "expected the name of a class, got a zero byte");
  const size_t invalid = find_invalid_utf8(line);
  if (invalid == std::string_view::npos) return;
  fail_input(where, "expected the name of a class in UTF-8, got byte 0x{:02x} behind '{}'; save the file as UTF-8",
             static_cast<unsigned char>(line[invalid]), printable(line.substr(0, invalid)));
}

}  // namespace

std::vector<std::string> parse_label_file(std::string_view text, const std::string& name) {
  const std::string file = printable(name);
  const bool marked = text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff");
  if (marked && text.find('\0') != std::string_view::npos)
    fail_input(file, "expected names in UTF-8, got UTF-16; iconv -f UTF-16 -t UTF-8 makes it so");
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  const Names lines = lines_of(text);
  if (lines.empty()) fail_input(file, "expected a file with the name of a class a line, got none");
  if (lines.size() > kMaxNames) fail_input(file, "expected at most {} names, got more", kMaxNames);
  if (lines[0].starts_with('{') || lines[0].starts_with("[\"") || lines[0] == "[")
    fail_input(file, "expected the name of a class a line, got JSON; write a line \"NUMBER NAME\" for each");
  for (size_t i = 0; i < lines.size(); ++i) check_line(lines[i], fmt::format("{}:{}", file, i + 1));
  const auto numbered = numbered_names(lines);
  std::map<std::string_view, size_t> seen;
  std::vector<std::string> names;
  for (const auto line : numbered.value_or(lines)) {
    const auto [place, is_new] = seen.emplace(line, names.size());
    if (!is_new)
      fail_input(numbered ? file : fmt::format("{}:{}", file, names.size() + 1),
                 "expected every name once, got '{}' for the classes {} and {}", printable(line), place->second,
                 names.size());
    names.emplace_back(line);
  }
  return names;
}

}  // namespace trecvit
