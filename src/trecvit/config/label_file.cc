#include "trecvit/config/label_file.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "trecvit/base/error.h"
#include "trecvit/base/parse_number.h"
#include "trecvit/base/text.h"
#include "trecvit/base/utf8.h"

namespace trecvit {
namespace {

constexpr size_t kMaxNames = 1'000'000;

struct Line {
  int64_t number;  // in the file, from 1
  std::string_view text;
};
using LabelLines = std::vector<Line>;

// The text within a pair of quotes, if it contains no such quote.
std::string_view unquoted(std::string_view text) {
  if (text.size() < 2 || text.front() != text.back() || (text.front() != '"' && text.front() != '\'')) return text;
  const std::string_view inside = text.substr(1, text.size() - 2);
  return inside.find(text.front()) == std::string_view::npos ? inside : text;
}

LabelLines lines_of(std::string_view text) {
  LabelLines lines;
  for (size_t at = 0; at < text.size() && lines.size() <= kMaxNames;) {
    const size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back({std::ssize(lines) + 1, trimmed(text.substr(at, end - at))});
    at = end + 1;
  }
  while (!lines.empty() && lines.back().text.empty()) lines.pop_back();
  return lines;
}

bool is_remark(const Line& line) { return line.text.empty() || line.text.starts_with('#'); }

// Takes the items of a YAML list, which may have its name above them: "- archery".
void take_list_marks(LabelLines& lines) {
  const auto is_item = [](const Line& line) { return line.text.starts_with("- "); };
  const bool named = lines.size() > 1 && lines[0].text.ends_with(':');
  if (!std::all_of(lines.begin() + (named ? 1 : 0), lines.end(), is_item)) return;
  if (named) lines.erase(lines.begin());
  for (auto& line : lines) line.text = trimmed(line.text.substr(2));
}

// Characters that may separate a number from a name; a colon only before a blank, so that "16:9" and "2:30 pm" are
// names.
bool is_separator(std::string_view line, size_t at) {
  if (line[at] == ':') return at + 1 == line.size() || line[at + 1] == ' ';
  return std::string_view(" \t,;").find(line[at]) != std::string_view::npos;
}
size_t first_separator(std::string_view line) {
  for (size_t at = 0; at < line.size(); ++at) {
    if (is_separator(line, at)) return at;
  }
  return std::string_view::npos;
}
size_t last_separator(std::string_view line) {
  for (size_t at = line.size(); at-- > 0;) {
    if (is_separator(line, at)) return at;
  }
  return std::string_view::npos;
}

// Whether the number is its own column and not part of the name.
bool is_of_table(char separator) { return separator == ',' || separator == '\t'; }

struct Numbered {
  int64_t number;
  std::string_view name;
  bool apart;  // see is_of_table
};

// "0 archery", "0,archery", "0: archery", "0. archery"
std::optional<Numbered> number_in_front(std::string_view line) {
  const size_t end = first_separator(line);
  if (end == std::string_view::npos) return std::nullopt;
  std::string_view number = line.substr(0, end);
  if (number.ends_with('.') || number.ends_with(')')) number.remove_suffix(1);
  const auto value = parse_number<int64_t>(unquoted(number));
  const std::string_view name = trimmed(line.substr(end + 1));
  if (!value || name.empty()) return std::nullopt;
  return Numbered{*value, name, is_of_table(line[end]) || line[end] == ':'};
}

// "archery 0", "archery,0", "archery: 0"
std::optional<Numbered> number_behind(std::string_view line) {
  const size_t begin = last_separator(line);
  if (begin == std::string_view::npos) return std::nullopt;
  const auto value = parse_number<int64_t>(unquoted(line.substr(begin + 1)));
  std::string_view name = trimmed(line.substr(0, begin));
  const char mark = name.empty() ? ' ' : name.back();
  const bool marked = mark == ',' || mark == ';' || mark == ':';
  if (marked) name = trimmed(name.substr(0, name.size() - 1));  // "archery, 0"
  if (!value || name.empty()) return std::nullopt;
  return Numbered{*value, name, is_of_table(marked ? mark : line[begin])};
}

using ByNumber = std::map<int64_t, Line>;

// Whether the numbers run from 0 or 1 without a gap.
bool is_complete(const ByNumber& lines) {
  const int64_t first = lines.begin()->first, last = lines.rbegin()->first;
  return (first == 0 || first == 1) && last - first == std::ssize(lines) - 1;
}

// The names in the order of their numbers, if all lines have one. Numbers that are not a column of a table must be
// complete, and the names must differ without them; otherwise the numbers are parts of the names, as in "player 1".
// Throws Error(kInput) for columns that are not complete.
template <class Split>
std::optional<LabelLines> in_order(std::span<const Line> lines, Split split, const std::string& file) {
  ByNumber by_number;
  bool apart = true;
  const Line* again = nullptr;
  for (const auto& line : lines) {
    const auto numbered = split(line.text);
    if (!numbered) return std::nullopt;
    apart = apart && numbered->apart;
    const bool is_new = by_number.emplace(numbered->number, Line{line.number, numbered->name}).second;
    if (!is_new && !again) again = &line;
  }
  if (apart && again)
    fail_input(fmt::format("{}:{}", file, again->number),
               "expected each class number once, got '{}' as well; put names that contain numbers in quotes",
               printable(again->text));
  if (apart && !is_complete(by_number))
    fail_input(file,
               "expected class numbers from 0 or 1 without a gap, got {} of them from {} to {}; put names that contain "
               "numbers in quotes",
               by_number.size(), by_number.begin()->first, by_number.rbegin()->first);
  if (again || !is_complete(by_number)) return std::nullopt;
  LabelLines names;
  std::set<std::string_view> differing;
  for (const auto& [number, line] : by_number) {
    names.push_back(line);
    differing.insert(line.text);
  }
  return apart || differing.size() == names.size() ? std::optional(std::move(names)) : std::nullopt;
}

// The number of a single class proves nothing: "1 walk" may be its name.
std::optional<LabelLines> numbered_names(const LabelLines& lines, const std::string& file) {
  const std::span all(lines);
  for (const size_t header : {0, 1}) {
    if (lines.size() < header + 2) continue;
    if (header == 1 && first_separator(lines[0].text) == std::string_view::npos) continue;
    if (auto names = in_order(all.subspan(header), number_in_front, file)) return names;
    if (auto names = in_order(all.subspan(header), number_behind, file)) return names;
  }
  return std::nullopt;
}

void check_line(const Line& line, const std::string& file) {
  const std::string where = fmt::format("{}:{}", file, line.number);
  if (line.text.find('\0') != std::string_view::npos) fail_input(where, "expected a class name, got a zero byte");
  const size_t invalid = find_invalid_utf8(line.text);
  if (invalid == std::string_view::npos) return;
  fail_input(where, "expected a class name in UTF-8, got byte 0x{:02x} after '{}'; save the file as UTF-8",
             static_cast<unsigned char>(line.text[invalid]), printable(line.text.substr(0, invalid)));
}

// Without the remarks, one name must remain for each class: if a name is missing or begins with '#', all names after it
// would move.
[[noreturn]] void fail_remark(const Line& remark, size_t names, int64_t classes, const std::string& file) {
  const std::string where = fmt::format("{}:{}", file, remark.number);
  if (remark.text.empty())
    fail_input(where, "expected a class name, got an empty line; without empty lines there are {} names for {} classes",
               names, classes);
  fail_input(
      where,
      "expected {} class names, got {} without the lines that begin with '#'; put names that begin with '#' in quotes",
      classes, names);
}

LabelLines read_lines(std::string_view text, const std::string& file) {
  if (const auto encoding = wide_encoding(text); !encoding.empty())
    fail_input(file, "expected names in UTF-8, got {0}; iconv -f {0} -t UTF-8 converts them", encoding);
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  LabelLines lines = lines_of(text);
  if (lines.empty()) fail_input(file, "expected a file with one class name per line, got none");
  if (lines.size() > kMaxNames) fail_input(file, "expected at most {} names, got more", kMaxNames);
  const std::string_view first = lines[0].text;
  if (first.starts_with('{') || first.starts_with("[\"") || first == "[")
    fail_input(file, "expected one class name per line, got JSON; write one line \"NUMBER NAME\" per class");
  for (const auto& line : lines) check_line(line, file);
  return lines;
}

}  // namespace

std::vector<std::string> parse_label_file(std::string_view text, const std::string& name, int64_t classes) {
  const std::string file = printable(name);
  const LabelLines all = read_lines(text, file);
  LabelLines lines;
  std::remove_copy_if(all.begin(), all.end(), std::back_inserter(lines), is_remark);
  if (lines.empty() && std::ssize(all) == classes) lines = all;  // "#1 fan", "#2 fan"
  take_list_marks(lines);
  if (auto ordered = numbered_names(lines, file)) lines = *std::move(ordered);
  if (lines.empty() || (lines.size() < all.size() && std::ssize(lines) != classes)) {
    const auto remark = std::find_if(all.begin(), all.end(), is_remark);
    if (remark != all.end()) fail_remark(*remark, lines.size(), classes, file);
  }
  std::map<std::string_view, size_t> seen;
  std::vector<std::string> names;
  for (const auto& line : lines) {
    const std::string_view label = unquoted(line.text);
    const std::string where = fmt::format("{}:{}", file, line.number);
    if (label.empty()) fail_input(where, "expected a class name, got an empty one");
    const auto [place, is_new] = seen.emplace(label, names.size());
    if (!is_new)
      fail_input(where, "expected each name once, got '{}' for classes {} and {}", printable(label), place->second,
                 names.size());
    names.emplace_back(label);
  }
  return names;
}

}  // namespace trecvit
