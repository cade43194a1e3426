#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "trecvit/base/error.h"
#include "trecvit/base/whole_number.h"
#include "trecvit/data/manifest.h"

namespace trecvit {
namespace {

std::string_view trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::vector<std::string_view> labels_of(const ManifestRow& row, bool multi_label) {
  if (!multi_label) return {row.label};
  std::vector<std::string_view> labels;
  std::string_view rest = row.label;
  while (true) {
    const std::string_view label = trimmed(rest.substr(0, rest.find(';')));
    if (!label.empty()) labels.push_back(label);
    if (rest.find(';') == std::string_view::npos) return labels;
    rest.remove_prefix(rest.find(';') + 1);
  }
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
    const auto labels = labels_of(row, multi_label);
    if (labels.empty() || labels[0].empty()) {
      fail_input(fmt::format("{}:{}", printable(manifest.name), row.line), "expected a label for '{}', got none",
                 printable(row.path));
    }
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

}  // namespace trecvit
