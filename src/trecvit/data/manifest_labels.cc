// From the labels in a list to numbered classes; declared in manifest.h.
#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "trecvit/base/error.h"
#include "trecvit/base/parse_number.h"
#include "trecvit/data/manifest.h"
#include "trecvit/data/manifest_text.h"

namespace trecvit {
namespace {

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t end = std::min(text.find_first_of(separators), text.size());
    const std::string_view part = trimmed(text.substr(0, end));
    if (!part.empty()) parts.push_back(part);
    if (end == text.size()) return parts;
    text.remove_prefix(end + 1);
  }
}

// Characters around and between numbers, including lists in Python and JSON notation: "0 5", "0,5", "0|5", "[0, 5]".
constexpr std::string_view kAroundNumbers = " \t,;|[]";

// A label as numbers (none for an empty list); nothing if it is a name.
std::optional<std::vector<std::string_view>> numbers_of(std::string_view label) {
  auto parts = split(label, kAroundNumbers);
  const bool all =
      std::all_of(parts.begin(), parts.end(), [](auto part) { return parse_number<int64_t>(part).has_value(); });
  return all ? std::optional(std::move(parts)) : std::nullopt;
}

// A folder's name is one label, whatever characters it contains.
bool is_of_list(const ManifestRow& row) { return row.line > 0; }

bool has_several_numbers(const ManifestRow& row) {
  if (!is_of_list(row) || row.label.find_first_of(kAroundNumbers) == std::string::npos) return false;
  const auto numbers = numbers_of(row.label);
  return numbers && numbers->size() > 1;
}

std::vector<std::string_view> labels_of(const ManifestRow& row, bool multi_label) {
  if (!multi_label || !is_of_list(row)) return {row.label};
  auto numbers = numbers_of(row.label);
  return numbers ? *std::move(numbers) : split(row.label, ";");
}

// The first row with several labels: numbers, or names separated by ';', at least one of which is another row's only
// label. Null if each row has one.
const ManifestRow* find_several(const Manifest& manifest) {
  const auto is_divided = [](const ManifestRow& row) {
    return is_of_list(row) && row.label.find(';') != std::string::npos;
  };
  std::set<std::string_view> alone;
  if (std::any_of(manifest.rows.begin(), manifest.rows.end(), is_divided)) {
    for (const auto& row : manifest.rows) {
      if (!is_divided(row)) alone.insert(row.label);
    }
  }
  const auto is_known = [&alone](std::string_view name) { return alone.contains(name); };
  for (const auto& row : manifest.rows) {
    if (has_several_numbers(row)) return &row;
    if (!is_divided(row)) continue;
    const auto names = split(row.label, ";");
    if (std::any_of(names.begin(), names.end(), is_known)) return &row;
  }
  return nullptr;
}

void check_one_label_each(const Manifest& manifest) {
  const auto where = [&](const ManifestRow& row) { return fmt::format("{}:{}", printable(manifest.name), row.line); };
  if (const ManifestRow* row = find_several(manifest))
    fail_input(where(*row),
               "expected one label for '{}', got '{}'; for several labels, set objective.multi_label = true, or "
               "--multi-label in the data verbs",
               printable(row->path), printable(row->label));
  for (const auto& row : manifest.rows) {
    if (row.label.empty()) fail_input(where(row), "expected a label for '{}', got none", printable(row.path));
  }
}

// Maps label text to class number; appends the class names in order.
std::map<std::string_view, int64_t> sort_classes(const std::set<std::string_view>& texts,
                                                 std::vector<std::string>& classes) {
  const bool all_numbers = std::all_of(texts.begin(), texts.end(),
                                       [](std::string_view text) { return parse_number<int64_t>(text).has_value(); });
  std::map<std::string_view, int64_t> number_of;
  if (!all_numbers) {
    for (const auto text : texts) {
      number_of.emplace(text, static_cast<int64_t>(classes.size()));
      classes.emplace_back(text);
    }
    return number_of;
  }
  std::set<int64_t> values;
  for (const auto text : texts) values.insert(*parse_number<int64_t>(text));
  std::map<int64_t, int64_t> rank;
  for (const int64_t value : values) {
    rank.emplace(value, static_cast<int64_t>(classes.size()));
    classes.push_back(std::to_string(value));
  }
  for (const auto text : texts)
    number_of.emplace(text, rank.at(*parse_number<int64_t>(text)));  // "07" and "7" are one class
  return number_of;
}

}  // namespace

ManifestLabels number_labels(const Manifest& manifest, bool multi_label) {
  if (!multi_label) check_one_label_each(manifest);
  std::set<std::string_view> texts;
  for (const auto& row : manifest.rows) {
    const auto labels = labels_of(row, multi_label);
    texts.insert(labels.begin(), labels.end());
  }
  ManifestLabels out;
  const auto number_of = sort_classes(texts, out.classes);
  for (const auto& row : manifest.rows) {
    std::set<int64_t> numbers;
    for (const auto label : labels_of(row, multi_label)) numbers.insert(number_of.at(label));
    out.of_row.emplace_back(numbers.begin(), numbers.end());
  }
  return out;
}

bool has_several_labels(const Manifest& manifest) { return find_several(manifest) != nullptr; }

}  // namespace trecvit
