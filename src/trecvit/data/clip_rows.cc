#include "trecvit/data/clip_rows.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "trecvit/base/error.h"
#include "trecvit/base/random.h"
#include "trecvit/data/clip_remarks.h"

namespace trecvit {
namespace {

constexpr size_t kClassesNamed = 20;    // in one line
constexpr size_t kFirstRows = 3;        // shown as examples
constexpr size_t kLookedFor = 100'000;  // files whose presence is checked
constexpr size_t kMissingNamed = 5;
constexpr const char* kUnlabelled = "(none)";

// Names with their numbers of rows, sorted by name.
using Counts = std::map<std::string, int64_t>;

std::string list_counts(const Counts& counts) {
  std::vector<std::string> parts;
  for (const auto& [name, count] : counts) {
    if (parts.size() == kClassesNamed) {
      parts.emplace_back("...");
      break;
    }
    parts.push_back(fmt::format("{} {}", name.empty() ? "(none)" : printable(name, 60), count));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

Counts count_by(const std::vector<ManifestRow>& rows, std::string ManifestRow::* column) {
  Counts counts;
  for (const auto& row : rows) ++counts[row.*column];
  return counts;
}

void check_known(const std::string& where, const char* column, const std::vector<std::string>& wanted,
                 const Counts& known) {
  for (const auto& name : wanted) {
    if (known.contains(name)) continue;
    if (known.size() == 1 && known.begin()->first.empty())
      fail_input(where, "expected a list with {0}s to choose {0} '{1}' from, got one without; {2} takes all rows",
                 column, printable(name), column == std::string_view("split") ? "split = ''" : "groups = []");
    fail_input(where, "expected one of the {}s in the list ({}), got '{}'", column, list_counts(known),
               printable(name));
  }
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string join_path(const std::string& root, const std::string& path) {
  return (std::filesystem::path(root) / path).string();  // an absolute path stays as it is
}

// Which rows of a class are kept depends only on the rows of that class.
void keep_some_of_each_class(std::vector<ClipRow>& rows, int64_t per_class, uint64_t pick) {
  if (per_class == 0) return;
  std::map<int64_t, std::vector<std::pair<uint64_t, size_t>>> drawn;  // per class: random number and row
  for (size_t i = 0; i < rows.size(); ++i)
    drawn[rows[i].label()].emplace_back(RandomStream(pick, rows[i].name).bits(0), i);
  std::vector<bool> kept(rows.size());
  for (auto& [label, all] : drawn) {
    std::sort(all.begin(), all.end());
    all.resize(std::min(all.size(), static_cast<size_t>(per_class)));
    for (const auto& [draw, row] : all) kept[row] = true;
  }
  size_t i = 0;
  std::erase_if(rows, [&](const ClipRow&) { return !kept[i++]; });
}

// Several labels per row are accepted if no task needs a single one.
ManifestLabels labels_for(Manifest& manifest, const DataConfig& data, bool multi_label, bool needs_labels) {
  const bool needs_one = needs_labels && (data.wrap == Wrap::kNone || data.wrap == Wrap::kPairs);
  const bool several =
      multi_label && data.wrap == Wrap::kNone ? manifest.labelled : !needs_one && has_several_labels(manifest);
  if (several && !multi_label)
    manifest.understood += "; several labels per row, which training and eval read with objective.multi_label = true";
  for (ManifestRow& row : manifest.rows) {
    if (!several && !needs_labels && row.label.empty()) row.label = kUnlabelled;
  }
  return number_labels(manifest, several);
}

}  // namespace

ClipRows read_clip_rows(const DataConfig& data, bool multi_label, bool needs_labels) {
  Manifest manifest = read_manifest(data.source, data.format, data.root);
  if (needs_labels && data.wrap == Wrap::kNone && !manifest.labelled)
    fail_input(printable(data.source),
               "expected a list of clips with labels, got a {}; trecvit pretrain needs no labels", manifest.understood);
  ManifestLabels labels = labels_for(manifest, data, multi_label, needs_labels);
  const std::string where = printable(data.source);
  const Counts splits = count_by(manifest.rows, &ManifestRow::split);
  const Counts groups = count_by(manifest.rows, &ManifestRow::group);
  if (!data.split.empty()) check_known(where, "split", {data.split}, splits);
  check_known(where, "group", data.groups, groups);
  check_known(where, "group", data.without_groups, groups);

  ClipRows out{
      data.source, manifest.understood, static_cast<int64_t>(manifest.rows.size()), std::move(labels.classes), {}};
  const std::string& root = data.root.empty() ? manifest.root : data.root;
  for (size_t i = 0; i < manifest.rows.size(); ++i) {
    ManifestRow& row = manifest.rows[i];
    if (!data.split.empty() && row.split != data.split) continue;
    if (!data.groups.empty() && !contains(data.groups, row.group)) continue;
    if (contains(data.without_groups, row.group)) continue;
    out.rows.push_back({join_path(root, row.path), std::move(row.path), std::move(labels.of_row[i]),
                        std::move(row.group), std::move(row.split), row.line});
  }
  if (out.rows.empty()) {
    fail_input(where, "expected rows of the chosen split and groups, got none of {}; splits: {}; groups: {}",
               out.rows_in_list, list_counts(splits), list_counts(groups));
  }
  keep_some_of_each_class(out.rows, data.per_class, data.pick);
  return out;
}

void limit_rows(ClipRows& rows, int64_t limit) {
  const auto count = static_cast<int64_t>(rows.rows.size());
  if (limit == 0 || limit >= count) return;
  for (int64_t i = 0; i < limit; ++i) {
    const auto from = static_cast<size_t>(i * count / limit);
    if (from != static_cast<size_t>(i)) rows.rows[static_cast<size_t>(i)] = std::move(rows.rows[from]);
  }
  rows.rows.resize(static_cast<size_t>(limit));
}

namespace {

std::string describe_missing(const ClipRows& rows) {
  const size_t count = rows.rows.size(), looked_for = std::min(count, kLookedFor);
  std::vector<std::string> names;
  int64_t missing = 0;
  for (size_t i = 0; i < looked_for; ++i) {
    const ClipRow& row = rows.rows[i * count / looked_for];
    std::error_code ignored;
    if (std::filesystem::exists(row.path, ignored)) continue;
    if (++missing <= static_cast<int64_t>(kMissingNamed)) names.push_back(printable(row.path));
  }
  if (missing == 0) return fmt::format("missing files: none of {}", looked_for);
  return fmt::format(
      "missing files: {} of {}: {}{}{}", missing, looked_for, fmt::join(names, ", "),
      missing > static_cast<int64_t>(names.size()) ? ", ..." : "",
      missing == static_cast<int64_t>(looked_for) ? "; if the clips lie elsewhere, set another root" : "");
}

}  // namespace

std::vector<std::string> describe(const ClipRows& rows) {
  std::vector<int64_t> of_class(rows.classes.size());
  Counts groups;
  for (const auto& row : rows.rows) {
    for (const int64_t label : row.labels) ++of_class[static_cast<size_t>(label)];
    ++groups[row.group];
  }
  std::vector<std::string> classes, first;
  const auto here = static_cast<size_t>(std::count_if(of_class.begin(), of_class.end(), [](auto n) { return n > 0; }));
  const bool some = here < of_class.size();
  for (size_t i = 0; i < of_class.size() && classes.size() <= kClassesNamed; ++i) {
    if (some && of_class[i] == 0) continue;
    classes.push_back(
        classes.size() == kClassesNamed ? "..." : fmt::format("{} {}", printable(rows.classes[i], 60), of_class[i]));
  }
  for (size_t i = 0; i < std::min(kFirstRows, rows.rows.size()); ++i) {
    std::vector<std::string> names;
    for (const int64_t label : rows.rows[i].labels)
      names.push_back(printable(rows.classes[static_cast<size_t>(label)], 60));
    first.push_back(fmt::format("{} ({})", printable(rows.rows[i].name),
                                names.empty() ? "no label" : fmt::format("{}", fmt::join(names, "; "))));
  }
  std::vector<std::string> lines = {
      fmt::format("{}: {}", printable(rows.source), rows.understood),
      fmt::format("rows: {} of {}", rows.rows.size(), rows.rows_in_list),
      fmt::format("{} classes{}: {}", rows.classes.size(), some ? fmt::format(", {} of them here", here) : "",
                  fmt::join(classes, ", "))};
  if (groups.size() > 1 || !groups.begin()->first.empty()) {
    lines.push_back(fmt::format("{} groups: {}", groups.size(), list_counts(groups)));
  }
  lines.push_back(fmt::format("first: {}", fmt::join(first, ", ")));
  for (auto& line : describe_doubts(rows)) lines.push_back(std::move(line));
  lines.push_back(describe_missing(rows));
  return lines;
}

}  // namespace trecvit
