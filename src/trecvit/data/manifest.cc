#include "trecvit/data/manifest.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <utility>

#include "trecvit/base/error.h"
#include "trecvit/base/whole_number.h"
#include "trecvit/io/byte_source.h"
#include "trecvit/io/csv.h"

namespace trecvit {
namespace {

constexpr uint64_t kMaxListBytes = uint64_t{4} << 30;
constexpr std::string_view kBlanks = " \t";
constexpr std::string_view kNoLabel = "0";  // of all clips of a list without labels
constexpr CsvLimits kLimits;

// The next line without its end; moves `at` behind it.
std::string_view take_line(std::string_view text, size_t& at) {
  const size_t end = std::min(text.find('\n', at), text.size());
  std::string_view line = text.substr(at, end - at);
  at = end + 1;
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

ManifestFormat detect(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  size_t at = 0;
  std::string_view line;
  while (line.empty() && at < text.size()) line = take_line(text, at);
  const auto is_column = [](std::string_view field) {
    if (field.size() > 1 && field.front() == '"' && field.back() == '"') field = field.substr(1, field.size() - 2);
    return field == "label" || field == "path" || field == "youtube_id";
  };
  if (line == "path") return ManifestFormat::kCsv;  // its one column
  while (line.find(',') != std::string_view::npos) {
    const std::string_view field = line.substr(0, line.find(','));
    if (is_column(field)) return ManifestFormat::kCsv;
    line.remove_prefix(field.size() + 1);
    if (is_column(line)) return ManifestFormat::kCsv;
  }
  return ManifestFormat::kList;
}

// What one CSV of clips has where.
class CsvColumns {
 public:
  explicit CsvColumns(const CsvReader& csv, const std::string& name)
      : path_(csv.column("path")),
        label_(csv.column("label")),
        group_(csv.column("group")),
        split_(csv.column("split")),
        clip_{csv.column("youtube_id"), csv.column("time_start"), csv.column("time_end")} {
    const bool is_kinetics = clip_[0] && clip_[1] && clip_[2];
    if (!path_ && !is_kinetics) {
      fail_input(name + ":1",
                 "expected a header with the columns path,label or youtube_id,time_start,time_end,label, or without "
                 "label, got '{}'",
                 printable(fmt::format("{}", fmt::join(csv.header(), ","))));
    }
  }

  ManifestRow row(CsvRow&& csv, const std::string& name) const {
    ManifestRow row{path_ ? std::move(csv.fields[*path_]) : kinetics_path(csv, name), field(csv, label_),
                    field(csv, group_), field(csv, split_), csv.line};
    if (row.path.empty()) fail_input(fmt::format("{}:{}", name, csv.line), "expected a path, got an empty field");
    return row;
  }

  std::string describe(const CsvReader& csv) const {
    std::vector<std::string> used, ignored;
    for (size_t i = 0; i < csv.header().size(); ++i) {
      const bool is_clip = !path_ && std::find(clip_.begin(), clip_.end(), i) != clip_.end();
      const bool is_used = is_clip || i == path_ || i == label_ || i == group_ || i == split_;
      (is_used ? used : ignored).push_back(printable(csv.header()[i]));
    }
    return fmt::format("CSV with the columns {}{}{}", fmt::join(used, ", "),
                       ignored.empty() ? "" : "; ignored: ", fmt::join(ignored, ", "));
  }

 private:
  static std::string field(CsvRow& csv, std::optional<size_t> column) {
    return column ? std::move(csv.fields[*column]) : std::string();
  }

  std::string kinetics_path(const CsvRow& csv, const std::string& name) const {
    const auto seconds = [&](size_t column) {
      const auto value = whole_number(csv.fields[column]);
      if (value && *value >= 0 && *value < 1'000'000) return *value;
      fail_input(fmt::format("{}:{}", name, csv.line), "expected time_start and time_end as whole seconds, got '{}'",
                 printable(csv.fields[column]));
    };
    return fmt::format("{}_{:06}_{:06}.mp4", csv.fields[*clip_[0]], seconds(*clip_[1]), seconds(*clip_[2]));
  }

  std::optional<size_t> path_, label_, group_, split_;
  std::array<std::optional<size_t>, 3> clip_;
};

Manifest parse_csv(std::string_view text, const std::string& name) {
  CsvReader csv(text, name);
  const CsvColumns columns(csv, printable(name));
  Manifest manifest;
  while (auto row = csv.next()) manifest.rows.push_back(columns.row(std::move(*row), printable(name)));
  manifest.understood = columns.describe(csv);
  if (std::any_of(manifest.rows.begin(), manifest.rows.end(), [](const auto& row) { return !row.label.empty(); }))
    return manifest;
  for (auto& row : manifest.rows) row.label = kNoLabel;
  manifest.labelled = false;
  manifest.understood += "; without labels";
  return manifest;
}

// "a b c" -> "a b" and "c", without the blanks around.
std::pair<std::string_view, std::string_view> split_last(std::string_view line) {
  const size_t end = line.find_last_not_of(kBlanks);
  if (end == std::string_view::npos) return {};
  line = line.substr(0, end + 1);
  const size_t blank = line.find_last_of(kBlanks);
  if (blank == std::string_view::npos) return {{}, line};
  const size_t path_end = line.find_last_not_of(kBlanks, blank);
  if (path_end == std::string_view::npos) return {{}, line.substr(blank + 1)};
  return {line.substr(0, path_end + 1), line.substr(blank + 1)};
}

// Lines whose last two fields are numbers; rows hold "PATH NUMBER" as their path.
void drop_counts(Manifest& manifest) {
  const auto is_placeholder = [](const ManifestRow& row) {
    return row.label == "-1" && split_last(row.path).second == "0";
  };
  const auto has_count = [](const ManifestRow& row) {
    const auto [folder, count] = split_last(row.path);
    return !folder.empty() && whole_number(count).value_or(-1) >= 0 && whole_number(row.label);
  };
  const auto& rows = manifest.rows;
  if (rows.empty() || !std::all_of(rows.begin(), rows.end(), has_count)) return;
  const bool unlabelled = std::all_of(rows.begin(), rows.end(), is_placeholder);
  manifest.labelled = !unlabelled;
  manifest.understood =
      unlabelled ? "list of lines 'PATH 0 -1', without labels" : "list of lines 'FOLDER FRAMES LABEL'";
  for (auto& row : manifest.rows) {
    if (unlabelled) row.label = kNoLabel;
    row.path = std::string(split_last(row.path).first);
  }
}

// "a b c " -> "a b c"
std::string_view without_blanks(std::string_view line) {
  const size_t end = line.find_last_not_of(kBlanks);
  return end == std::string_view::npos ? std::string_view() : line.substr(0, end + 1);
}

// Whether every line names a clip and has no label behind it.
bool are_paths_alone(std::string_view text, size_t at) {
  bool any = false;
  while (at < text.size()) {
    const std::string_view line = without_blanks(take_line(text, at));
    if (line.empty()) continue;
    if (line.size() > kLimits.max_record_bytes) continue;  // refused by itself, before anything looks at its folders
    if (!is_clip_name(line)) return false;
    any = true;
  }
  return any;
}

Manifest parse_list(std::string_view text, const std::string& name) {
  Manifest manifest;
  const size_t begin = text.starts_with("\xef\xbb\xbf") ? 3 : 0;
  const bool paths_alone = are_paths_alone(text, begin);
  manifest.labelled = !paths_alone;
  manifest.understood = paths_alone ? "list of paths, without labels" : "list of lines 'PATH LABEL'";
  int64_t number = 0;
  for (size_t at = begin; at < text.size();) {
    const std::string_view line = take_line(text, at);
    const std::string where = fmt::format("{}:{}", printable(name), ++number);
    if (line.size() > kLimits.max_record_bytes) {
      fail_input(where, "expected lines of at most {} bytes, got {}", kLimits.max_record_bytes, line.size());
    }
    if (line.find('\0') != std::string_view::npos) fail_input(where, "expected text, got a zero byte");
    if (line.find_first_not_of(kBlanks) == std::string_view::npos) continue;
    const auto [path, label] = paths_alone ? std::pair{without_blanks(line), kNoLabel} : split_last(line);
    if (path.empty()) {
      fail_input(where,
                 "expected a line 'PATH LABEL' with a blank between, or a CSV with a header that has the columns "
                 "path and label, got '{}'",
                 printable(line));
    }
    if (static_cast<int64_t>(manifest.rows.size()) >= kLimits.max_rows) {
      fail_input(where, "expected at most {} rows, got more", kLimits.max_rows);
    }
    manifest.rows.push_back({std::string(path), std::string(label), {}, {}, number});
  }
  if (!paths_alone) drop_counts(manifest);
  return manifest;
}

}  // namespace

ManifestFormat parse_manifest_format(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, ManifestFormat>, 4> kFormats = {
      {{"auto", ManifestFormat::kAuto},
       {"csv", ManifestFormat::kCsv},
       {"list", ManifestFormat::kList},
       {"folders", ManifestFormat::kFolders}}};
  for (const auto& [name, format] : kFormats) {
    if (name == text) return format;
  }
  fail_usage("data format", "expected auto, csv, list or folders, got '{}'", printable(text));
}

Manifest parse_manifest(std::string_view text, const std::string& name, ManifestFormat format) {
  if (format == ManifestFormat::kAuto) format = detect(text);
  TRECVIT_CHECK(format != ManifestFormat::kFolders);
  Manifest manifest = format == ManifestFormat::kCsv ? parse_csv(text, name) : parse_list(text, name);
  manifest.name = name;
  if (manifest.rows.empty()) fail_input(printable(name), "expected at least one row, got none");
  return manifest;
}

Manifest read_manifest(const std::string& path, ManifestFormat format) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    if (format == ManifestFormat::kAuto || format == ManifestFormat::kFolders) return list_folders(path);
    fail_input(printable(path), "expected a file with a list of clips, got a folder");
  }
  if (format == ManifestFormat::kFolders) fail_input(printable(path), "expected a folder of class folders, got a file");
  const std::string text = read_text(*open_file(path), kMaxListBytes);
  Manifest manifest = parse_manifest(text, path, format);
  const auto folder = std::filesystem::path(path).parent_path();
  manifest.root = folder.empty() ? "." : folder.string();
  return manifest;
}

}  // namespace trecvit
