#include "trecvit/data/clip_remarks.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "trecvit/base/error.h"
#include "trecvit/base/list_some.h"
#include "trecvit/base/text.h"
#include "trecvit/base/utf8.h"
#include "trecvit/data/file_places.h"
#include "trecvit/image/spelling.h"

namespace trecvit {
namespace {

constexpr size_t kMostLines = 20;  // most lines of one kind, and most names in one line

bool is_invisible(uint32_t code) {
  return (code >= 0x200b && code <= 0x200f) || code == 0x2060 || code == 0xfeff || code == 0xad;
}

// The same text for names that look the same to a reader: lower case, without accents, blanks at the ends or invisible
// characters, and with repeated blanks merged.
std::string look_of(std::string_view name) {
  std::string visible;
  while (!name.empty()) {
    const auto [code, bytes] = first_character(name);
    const size_t taken = bytes == 0 ? 1 : bytes;
    if (!is_invisible(code)) visible += code == '\t' ? " " : name.substr(0, taken);
    name.remove_prefix(taken);
  }
  std::string look;
  for (const char c : spell_in_ascii(visible)) {
    if (c == ' ' && (look.empty() || look.back() == ' ')) continue;
    look += ascii_lower(c);
  }
  if (look.ends_with(' ')) look.pop_back();
  return look;
}

std::vector<std::string> describe_alike(const std::vector<std::string>& classes) {
  std::map<std::string, std::vector<std::string>> spellings;
  for (const auto& name : classes) spellings[look_of(name)].push_back(printable(name, 60));
  std::vector<std::string> lines;
  for (const auto& [look, names] : spellings) {
    if (names.size() > 1 && lines.size() < kMostLines)
      lines.push_back(fmt::format("classes that differ only in capitals, accents, blanks or invisible characters: {}",
                                  fmt::join(names, ", ")));
  }
  return lines;
}

// Whether a name contains ';', is a list in Python's notation, or contains another class separated by ',' or '|'.
bool may_be_several(std::string_view name, const std::set<std::string_view>& classes) {
  if (name.find(';') != std::string_view::npos || (name.starts_with('[') && name.ends_with(']'))) return true;
  if (name.find_first_of(",|") == std::string_view::npos) return false;
  for (std::string_view rest = name; !rest.empty();) {
    const size_t end = std::min(rest.find_first_of(",|"), rest.size());
    if (classes.contains(trimmed(rest.substr(0, end)))) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

// Rows of a list only: a folder's name is always one label.
std::vector<std::string> describe_joined(const ClipRows& rows) {
  const std::set<std::string_view> classes(rows.classes.begin(), rows.classes.end());
  std::set<int64_t> joined;
  for (size_t i = 0; i < rows.classes.size(); ++i) {
    if (may_be_several(rows.classes[i], classes)) joined.insert(static_cast<int64_t>(i));
  }
  std::vector<std::string> names;
  for (const auto& row : rows.rows) {
    for (const int64_t label : row.labels) {
      if (row.line > 0 && joined.erase(label) > 0)
        names.push_back(fmt::format("'{}' (line {})", rows.classes[static_cast<size_t>(label)], row.line));
    }
  }
  if (names.empty()) return {};
  return {
      fmt::format("classes that may be several labels: {}; to give several, separate them by ';' and set multi_label",
                  list_some(names))};
}

// The first row that names a file, and later rows: any, one with another split, one with other labels.
struct Repeated {
  const ClipRow* first = nullptr;
  const ClipRow* again = nullptr;
  const ClipRow* elsewhere = nullptr;
  const ClipRow* otherwise = nullptr;
};

// In list order.
std::vector<Repeated> find_repeated(const ClipRows& rows) {
  FilePlaces places;
  std::unordered_map<FilePlace, const ClipRow*, FilePlaceHash> first;
  std::map<const ClipRow*, Repeated> repeated;
  for (const auto& row : rows.rows) {
    const auto [place, is_new] = first.emplace(places.of(row.path), &row);
    if (is_new) continue;
    Repeated& file = repeated.emplace(place->second, Repeated{place->second, &row}).first->second;
    if (!file.elsewhere && file.first->split != row.split) file.elsewhere = &row;
    if (!file.otherwise && file.first->labels != row.labels) file.otherwise = &row;
  }
  std::vector<Repeated> files;
  for (const auto& [row, file] : repeated) files.push_back(file);
  return files;
}

// Empty if no file has such a row.
std::string describe_files(std::string_view what, const std::vector<Repeated>& files,
                           const ClipRow* Repeated::* later) {
  const auto has_one = [later](const Repeated& file) { return file.*later != nullptr; };
  const auto count = std::count_if(files.begin(), files.end(), has_one);
  if (count == 0) return {};
  const Repeated& file = *std::find_if(files.begin(), files.end(), has_one);
  const bool is_list = file.first->line > 0;
  return fmt::format("{}: {} files, such as {}{}", what, count, printable(file.first->path),
                     is_list ? fmt::format(" (lines {} and {})", file.first->line, (file.*later)->line) : "");
}

std::vector<std::string> describe_repeated(const ClipRows& rows) {
  const auto files = find_repeated(rows);
  std::vector<std::string> lines = {describe_files("listed more than once", files, &Repeated::again),
                                    describe_files("listed with different labels", files, &Repeated::otherwise),
                                    describe_files("in more than one split", files, &Repeated::elsewhere)};
  std::erase(lines, "");
  return lines;
}

}  // namespace

std::vector<std::string> describe_doubts(const ClipRows& rows) {
  std::vector<std::string> lines = describe_alike(rows.classes);
  for (auto& line : describe_joined(rows)) lines.push_back(std::move(line));
  for (auto& line : describe_repeated(rows)) lines.push_back(std::move(line));
  return lines;
}

}  // namespace trecvit
