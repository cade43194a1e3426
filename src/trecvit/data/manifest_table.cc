#include "trecvit/data/manifest_table.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>
#include <vector>

#include "trecvit/base/error.h"
#include "trecvit/base/parse_number.h"
#include "trecvit/base/text.h"
#include "trecvit/data/manifest_text.h"
#include "trecvit/io/csv.h"
#include "trecvit/video/source_list.h"

namespace trecvit {
namespace {

// Column names in the lists of other tools, in lower case without '_', '-' and blanks; if a header has several, the
// first counts.
constexpr std::array<std::string_view, 15> kPathNames = {
    "path",      "filepath", "videopath", "clippath", "relativepath", "file",     "filename",     "videofile",
    "videoname", "clipfile", "clipname",  "video",    "clip",         "fullpath", "videofilename"};
constexpr std::array<std::string_view, 15> kLabelNames = {
    "label",  "labels",     "labelname",  "class",    "classname",  "category", "categoryname", "action",
    "target", "actionname", "classlabel", "activity", "labelindex", "labelid",  "classid"};
constexpr std::array<std::string_view, 3> kKinetics = {"youtubeid", "timestart", "timeend"};
constexpr std::string_view kGroup = "group", kSplit = "split";

std::string column_word(std::string_view field) {
  std::string word;
  for (const char c : trimmed(field)) {
    if (c == '_' || c == '-' || c == ' ') continue;
    word += ascii_lower(c);
  }
  return word;
}

bool is_column(std::string_view word) {
  return is_one_of(word, kPathNames) || is_one_of(word, kLabelNames) || word == kKinetics[0];
}

// As a table reader would split the header, except that quotes are only removed.
std::vector<std::string> words_of_header(std::string_view line, char separator) {
  std::vector<std::string> words;
  if (separator == ' ') {
    for (const auto word : words_of(line)) words.push_back(column_word(word));
    return words;
  }
  while (true) {
    const size_t end = std::min(line.find(separator), line.size());
    std::string_view field = trimmed(line.substr(0, end));
    if (field.size() > 1 && field.front() == '"' && field.back() == '"') field = field.substr(1, field.size() - 2);
    words.push_back(column_word(field));
    if (end == line.size()) return words;
    line.remove_prefix(end + 1);
  }
}

// The columns of a table of clips.
class Columns {
 public:
  Columns(const CsvReader& csv, const std::string& name) : name_(name), header_(csv.header()) {
    for (const auto& field : header_) words_.push_back(column_word(field));
    path_ = first_of(kPathNames);
    label_ = first_of(kLabelNames);
    group_ = first_of(std::span(&kGroup, 1));
    split_ = first_of(std::span(&kSplit, 1));
    for (size_t i = 0; i < kKinetics.size(); ++i) clip_[i] = first_of(std::span(&kKinetics[i], 1));
    if (path_ || (clip_[0] && clip_[1] && clip_[2])) return;
    fail_input(fmt::format("{}:{}", name, csv.header_line()),
               "expected a header with the columns path,label or youtube_id,time_start,time_end,label, or without "
               "label, got '{}'; name the column with the files path",
               printable(fmt::format("{}", fmt::join(header_, ","))));
  }

  bool is_kinetics() const { return !path_; }

  ManifestRow row(CsvRow&& csv) const {
    ManifestRow row{path_ ? field(csv, path_) : kinetics_path(csv), field(csv, label_), field(csv, group_),
                    field(csv, split_), csv.line};
    if (row.path.empty()) fail_input(fmt::format("{}:{}", name_, csv.line), "expected a path, got an empty field");
    return row;
  }

  std::string describe() const {
    std::vector<std::string> used, ignored;
    for (size_t i = 0; i < header_.size(); ++i) {
      const std::string column = header_[i].empty() ? "(no name)" : printable(header_[i]);
      const bool is_clip = is_kinetics() && std::find(clip_.begin(), clip_.end(), i) != clip_.end();
      if (i == path_) {
        used.push_back(column == "path" ? column : column + " (path)");
      } else if (i == label_) {
        used.push_back(column == "label" ? column : column + " (label)");
      } else if (is_clip || i == group_ || i == split_) {
        used.push_back(column);
      } else {
        ignored.push_back(column);
      }
    }
    return fmt::format("columns {}{}{}", fmt::join(used, ", "),
                       ignored.empty() ? "" : "; ignored: ", fmt::join(ignored, ", "));
  }

 private:
  std::optional<size_t> first_of(std::span<const std::string_view> names) const {
    for (const auto name : names) {
      const auto found = std::find(words_.begin(), words_.end(), name);
      if (found != words_.end()) return static_cast<size_t>(found - words_.begin());
    }
    return std::nullopt;
  }

  static std::string field(const CsvRow& csv, std::optional<size_t> column) {
    return column ? std::string(trimmed(csv.fields[*column])) : std::string();
  }

  std::string kinetics_path(const CsvRow& csv) const {
    const auto seconds = [&](size_t column) {
      const auto value = parse_number<int64_t>(trimmed(csv.fields[column]));
      if (value && *value >= 0 && *value < 1'000'000) return *value;
      fail_input(fmt::format("{}:{}", name_, csv.line), "expected time_start and time_end as whole seconds, got '{}'",
                 printable(csv.fields[column]));
    };
    return fmt::format("{}_{:06}_{:06}.mp4", field(csv, clip_[0]), seconds(*clip_[1]), seconds(*clip_[2]));
  }

  std::string name_;
  std::vector<std::string> header_, words_;
  std::optional<size_t> path_, label_, group_, split_;
  std::array<std::optional<size_t>, 3> clip_;
};

std::string kind_of_table(char separator) {
  if (separator == ',') return "CSV with the ";
  return separator == '\t' ? "table with tabs and the " : fmt::format("table with '{}' and the ", separator);
}

}  // namespace

std::optional<char> separator_of_header(std::string_view line) {
  for (const char separator : {',', '\t', ';', '|', ' '}) {
    const auto words = words_of_header(line, separator);
    const bool any_clip = std::any_of(words.begin(), words.end(), [](const auto& word) { return is_clip_name(word); });
    if (any_clip) continue;
    const auto is_path = [](const std::string& word) { return is_one_of(word, kPathNames); };
    const auto is_label = [](const std::string& word) { return is_one_of(word, kLabelNames); };
    const bool has_path = std::any_of(words.begin(), words.end(), is_path);
    const bool has_label = std::any_of(words.begin(), words.end(), is_label);
    if (separator == ' ') return words.size() > 1 && has_path && has_label ? std::optional(' ') : std::nullopt;
    if (words.size() > 1 && std::any_of(words.begin(), words.end(), is_column)) return separator;
    if (words.size() == 1 && separator == ',' && has_path) return separator;  // its only column
  }
  return std::nullopt;
}

bool is_path_label_header(std::string_view line) {
  const auto words = words_of_header(line, ' ');
  return words.size() == 2 && is_one_of(words[0], kPathNames) && is_one_of(words[1], kLabelNames);
}

bool names_columns(std::string_view path, std::string_view label) {
  if (path.find_first_of("/.") != std::string_view::npos) return false;  // true for nearly all rows; avoids a copy
  const std::string first = column_word(path), second = column_word(label);
  if (is_one_of(first, kLabelNames)) return is_one_of(second, kPathNames);
  // The path column's name may be followed by that of the frame-count column.
  const bool is_path =
      is_one_of(first, kPathNames) || is_one_of(column_word(path.substr(0, path.find(' '))), kPathNames);
  return is_path && (second.empty() || is_one_of(second, kLabelNames));
}

Manifest parse_table(std::string_view text, const std::string& name, char separator) {
  CsvReader csv(text, name, {.separator = separator, .loose = true});
  const Columns columns(csv, printable(name));
  Manifest manifest;
  while (auto row = csv.next()) manifest.rows.push_back(columns.row(std::move(*row)));
  manifest.named_by = columns.is_kinetics() ? NamedBy::kKineticsClip : NamedBy::kPath;
  manifest.understood = kind_of_table(separator) + columns.describe() + describe_remarks(csv.remarks());
  return manifest;
}

}  // namespace trecvit
