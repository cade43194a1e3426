#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "trecvit/base/error.h"
#include "trecvit/base/whole_number.h"
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

// "0 5", "0,5" or "0;5" as their numbers; else nothing.
std::vector<std::string_view> several_numbers(std::string_view label) {
  if (label.find_first_of(" \t,;") == std::string_view::npos) return {};
  auto parts = split(label, " \t,;");
  const bool all = std::all_of(parts.begin(), parts.end(), [](auto part) { return whole_number(part).has_value(); });
  return all && parts.size() > 1 ? parts : std::vector<std::string_view>();
}

std::vector<std::string_view> labels_of(const ManifestRow& row, bool multi_label) {
  if (!multi_label) return {row.label};
  auto numbers = several_numbers(row.label);
  return numbers.empty() ? split(row.label, ";") : numbers;
}

// Text to class number, with the classes' names in order.
std::map<std::string_view, int64_t> sort_classes(const std::set<std::string_view>& texts,
                                                 std::vector<std::string>& classes) {
  const bool all_numbers =
      std::all_of(texts.begin(), texts.end(), [](std::string_view text) { return whole_number(text).has_value(); });
  std::map<std::string_view, int64_t> number_of;
  if (!all_numbers) {
    for (const auto text : texts) {
      number_of.emplace(text, static_cast<int64_t>(classes.size()));
      classes.emplace_back(text);
    }
    return number_of;
  }
  std::set<int64_t> values;
  for (const auto text : texts) values.insert(*whole_number(text));
  std::map<int64_t, int64_t> rank;
  for (const int64_t value : values) {
    rank.emplace(value, static_cast<int64_t>(classes.size()));
    classes.push_back(std::to_string(value));
  }
  for (const auto text : texts) number_of.emplace(text, rank.at(*whole_number(text)));  // "07" and "7" are one class
  return number_of;
}

}  // namespace

ManifestLabels number_labels(const Manifest& manifest, bool multi_label) {
  std::set<std::string_view> texts;
  for (const auto& row : manifest.rows) {
    const auto where = [&] { return fmt::format("{}:{}", printable(manifest.name), row.line); };
    const auto labels = labels_of(row, multi_label);
    if (!multi_label && row.label.empty())
      fail_input(where(), "expected a label for '{}', got none", printable(row.path));
    if (!multi_label && !several_numbers(row.label).empty())
      fail_input(where(),
                 "expected one label for '{}', got '{}'; objective.multi_label = true, or --multi-label of the data "
                 "verbs, reads several",
                 printable(row.path), printable(row.label));
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

bool has_several_labels(const Manifest& manifest) {
  return std::any_of(manifest.rows.begin(), manifest.rows.end(),
                     [](const ManifestRow& row) { return !several_numbers(row.label).empty(); });
}

}  // namespace trecvit
