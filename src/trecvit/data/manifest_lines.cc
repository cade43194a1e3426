#include "trecvit/data/manifest_lines.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <span>
#include <utility>
#include <vector>

#include "trecvit/base/error.h"
#include "trecvit/base/parse_number.h"
#include "trecvit/data/manifest_table.h"
#include "trecvit/data/manifest_text.h"
#include "trecvit/io/csv.h"
#include "trecvit/video/frames_folder.h"
#include "trecvit/video/source_list.h"

namespace trecvit {
namespace {

using Words = std::vector<std::string_view>;

bool are_numbers(std::span<const std::string_view> words) {
  return std::all_of(words.begin(), words.end(), [](auto word) { return parse_number<int64_t>(word).has_value(); });
}

// A path and the words after it.
struct Fields {
  std::string_view path;
  Words labels;
};

// "a.mp4 copy.mp4 3 5" -> "a.mp4 copy.mp4" and the rest: splits after the longest prefix that ends like a clip before a
// blank.
Fields behind_clip_name(std::string_view line) {
  for (size_t at = line.find_last_of(kBlanks); at != std::string_view::npos && at > 0;
       at = line.find_last_of(kBlanks, at - 1)) {
    const std::string_view path = trimmed(line.substr(0, at));
    if (is_clip_name(path)) return {path, words_of(line.substr(at))};
  }
  return {};
}

Fields fields_of(std::string_view line) {
  const size_t tab = line.find('\t');
  if (line.starts_with('"') && words_of(line).size() > 1) {
    Words words = words_of(line);
    return {words[0], {words.begin() + 1, words.end()}};
  }
  if (tab != std::string_view::npos && line.find('\t', tab + 1) == std::string_view::npos) {
    const std::string_view label = trimmed(line.substr(tab));
    const bool several = are_numbers(words_of(label));
    return {trimmed(line.substr(0, tab)), several ? words_of(label) : Words{label}};
  }
  Fields clip = behind_clip_name(line);
  if (!clip.path.empty() || is_clip_name(line)) return clip.path.empty() ? Fields{line, {}} : clip;
  const size_t blank = line.find_last_of(kBlanks);
  if (blank == std::string_view::npos) return {};
  return {trimmed(line.substr(0, blank)), {line.substr(blank + 1)}};
}

class LineList {
 public:
  LineList(std::string_view text, const std::string& name, std::string root)
      : lines_(text, name), name_(name), root_(std::move(root)) {}

  Manifest read() {
    while (const auto line = lines_.next()) {
      if (manifest_.rows.empty() && !has_header_ && is_path_label_header(line->text)) {
        has_header_ = true;
      } else {
        add(*line);
      }
    }
    refuse_other_separators();
    const std::string form = settle_form();
    manifest_.understood = form + (has_header_ ? "; header line skipped" : "") + describe_remarks(lines_.remarks());
    return std::move(manifest_);
  }

 private:
  std::string where(int64_t line) const { return fmt::format("{}:{}", printable(name_), line); }

  void add(const TextLine& line) {
    constexpr CsvOptions kLimits;
    Fields fields = fields_of(line.text);
    if (fields.path.empty())
      fail_input(where(line.number),
                 "expected a line 'PATH LABEL' separated by a blank, or a table whose header has the columns path and "
                 "label, got '{}'",
                 printable(line.text));
    if (static_cast<int64_t>(manifest_.rows.size()) >= kLimits.max_rows)
      fail_input(where(line.number), "expected at most {} rows, got more", kLimits.max_rows);
    if (fields.path.ends_with(" 0") && fields.labels[0] == "-1") take_placeholder(fields);
    const bool is_clip = is_clip_name(fields.path);
    const bool several =
        fields.labels.size() > 1 && (are_numbers(fields.labels) || joined(fields).find(';') != std::string_view::npos);
    if (fields.labels.size() > 1 && !several)
      fail_input(where(line.number),
                 "expected one label after '{}', got '{}'; put a tab before labels with blanks, or write a table with "
                 "the header path,label",
                 printable(fields.path), printable(joined(fields)));
    any_clip_ = any_clip_ || is_clip;
    any_folder_ = any_folder_ || !is_clip;
    several_ = several_ || (several && joined(fields) != "0 -1");
    manifest_.rows.push_back({std::string(fields.path), joined(fields), {}, {}, line.number});
  }

  // "FOLDER 0 -1"
  static void take_placeholder(Fields& fields) {
    fields.labels.insert(fields.labels.begin(), fields.path.substr(fields.path.size() - 1));
    fields.path = trimmed(fields.path.substr(0, fields.path.size() - 1));
  }

  static std::string joined(const Fields& fields) { return fmt::format("{}", fmt::join(fields.labels, " ")); }

  // "21277;Putting a cup" and "a.mp4,riding a bike" are not a path with a label after the last blank.
  void refuse_other_separators() const {
    for (const char separator : {',', ';', '|'}) {
      const auto has_one = [separator](const ManifestRow& row) {
        return row.path.find(separator) != std::string_view::npos;
      };
      const auto is_other = [&](const ManifestRow& row) {
        if (is_clip_name(row.path)) return false;
        const size_t at = row.path.find(separator);
        return at != std::string_view::npos && is_clip_name(trimmed(std::string_view(row.path).substr(0, at)));
      };
      const auto& rows = manifest_.rows;
      auto found = std::find_if(rows.begin(), rows.end(), is_other);
      if (found == rows.end() && !any_clip_ && std::all_of(rows.begin(), rows.end(), has_one)) found = rows.begin();
      if (found == rows.end()) continue;
      fail_input(where(found->line),
                 "expected a line 'PATH LABEL' separated by a blank, got '{} {}'; a table with '{}' needs a header "
                 "with the names of its columns, path{}label",
                 printable(found->path), printable(found->label), separator, separator);
    }
  }

  // Decides the form of the lines, now that all are known.
  std::string settle_form() {
    auto& rows = manifest_.rows;
    const auto all = [&rows](std::string_view label) {
      return std::all_of(rows.begin(), rows.end(), [label](const auto& row) { return row.label == label; });
    };
    if (all("")) return "list of paths";
    const bool counted = any_folder_ && drop_counts();
    const std::string rest = counted ? describe_other_counts() : "";
    std::string form = counted ? "list of lines 'FOLDER FRAMES " : "list of lines 'PATH ";
    for (const std::string_view placeholder : {"0 -1", "-1"}) {
      if (!all(placeholder)) continue;
      for (auto& row : rows) row.label.clear();
      return form.append(placeholder) + "'";
    }
    return form + (several_ ? "LABEL...', several labels" : "LABEL'") + rest;
  }

  // The numbers at the end of a folder's row; the last one is its label so far.
  static Words numbers_of(const ManifestRow& row) {
    Words words = words_of(row.path), numbers;
    while (words.size() > 1 && parse_number<int64_t>(words.back()).value_or(-1) >= 0) {
      numbers.insert(numbers.begin(), words.back());
      words.pop_back();
    }
    if (!numbers.empty()) numbers.push_back(row.label);
    return numbers;
  }

  // Removes the number of frames before the label if all folders have one.
  bool drop_counts() {
    const auto has_count = [](const ManifestRow& row) {
      return is_clip_name(row.path) || (!numbers_of(row).empty() && parse_number<int64_t>(row.label));
    };
    auto& rows = manifest_.rows;
    if (!std::all_of(rows.begin(), rows.end(), has_count)) return false;
    for (auto& row : rows) {
      if (!is_clip_name(row.path)) drop_count(row);
    }
    return true;
  }

  // "a 3 120 0" is the folder "a 3" with one label, unless only "a" exists: then it has two.
  void drop_count(ManifestRow& row) {
    const Words numbers = numbers_of(row);
    const auto path_before = [&row](std::string_view number) {
      return std::string(
          trimmed(std::string_view(row.path).substr(0, static_cast<size_t>(number.data() - row.path.data()))));
    };
    size_t count = numbers.size() - 2;
    for (size_t i = numbers.size() - 1; i-- > 0 && !root_.empty();) {
      std::error_code ignored;
      if (!std::filesystem::exists(std::filesystem::path(root_) / path_before(numbers[i]), ignored)) continue;
      count = i;
      break;
    }
    const std::string path = path_before(numbers[count]);
    if (!root_.empty()) compare_count(path, *parse_number<int64_t>(numbers[count]));
    const std::string labels =
        fmt::format("{}", fmt::join(numbers.begin() + static_cast<ptrdiff_t>(count) + 1, numbers.end(), " "));
    several_ = several_ || count + 2 < numbers.size();
    row.path = path;
    row.label = labels;
  }

  // The number may have been meant as one of several labels; the picture counts of some folders show this.
  void compare_count(const std::string& path, int64_t frames) {
    constexpr int64_t kCompared = 20;
    if (looked_at_ == kCompared) return;
    ++looked_at_;
    const int64_t pictures = count_pictures((std::filesystem::path(root_) / path).string());
    if (pictures == 0) return;
    ++compared_;
    if (pictures == frames) return;
    if (++other_counts_ == 1)
      other_count_ = fmt::format("{} with {} for {} pictures", printable(path, 60), frames, pictures);
  }

  std::string describe_other_counts() const {
    if (other_counts_ == 0) return {};
    return fmt::format("; FRAMES differs from the number of pictures in {} of {} folders checked, such as {}",
                       other_counts_, compared_, other_count_);
  }

  LineReader lines_;
  std::string name_, root_;
  Manifest manifest_;
  bool has_header_ = false, any_clip_ = false, any_folder_ = false, several_ = false;
  // Folders looked at; those with pictures; those whose number of pictures differs.
  int64_t looked_at_ = 0, compared_ = 0, other_counts_ = 0;
  std::string other_count_;  // the first folder whose number differs
};

}  // namespace

Manifest parse_lines(std::string_view text, const std::string& name, const std::string& root) {
  return LineList(text, name, root).read();
}

}  // namespace trecvit
