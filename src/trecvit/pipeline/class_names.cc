#include "trecvit/pipeline/class_names.h"

#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <vector>

#include "trecvit/base/error.h"
#include "trecvit/base/suggest.h"
#include "trecvit/config/known_labels.h"
#include "trecvit/config/label_file.h"
#include "trecvit/io/file_kind.h"

namespace trecvit {
namespace {

constexpr std::string_view kKnownLabels[] = {"kinetics400", "ssv2"};
constexpr uint64_t kMostLabels = 16 << 20;  // bytes

std::vector<std::string> read_names(const std::string& labels, int64_t classes) {
  const auto known = known_labels(labels);
  std::error_code none;
  if (!known && !std::filesystem::exists(labels, none)) {
    const std::string hint = did_you_mean(labels, kKnownLabels);
    fail(hint.empty() ? ErrorKind::kInput : ErrorKind::kUsage, "--labels",
         "expected kinetics400, ssv2 or a file with one name per line, got '{}', which is none of them{}",
         printable(labels), hint);
  }
  const std::string text = known ? std::string(*known) : read_text_file(labels, kMostLabels);
  auto names = parse_label_file(text, labels, classes);
  if (std::ssize(names) == classes) return names;
  fail(known ? ErrorKind::kUsage : ErrorKind::kInput, known ? "--labels" : printable(labels),
       "expected {} labels for the {} classes of the model, got {}", classes, classes, names.size());
}

void check_against_own(const std::map<int64_t, std::string>& own, const std::vector<std::string>& names) {
  std::map<std::string_view, int64_t> class_of;
  for (const auto& [index, name] : own) class_of.emplace(name, index);
  for (size_t i = 0; i < names.size(); ++i) {
    const auto found = class_of.find(names[i]);
    if (found == class_of.end() || found->second == static_cast<int64_t>(i)) continue;
    const auto named = own.find(static_cast<int64_t>(i));
    if (named != own.end() && named->second == names[i]) continue;  // a model may give two classes one name
    fail_usage("--labels",
               "expected names in the order of the model's classes, got '{}' for class {}, which is the model's name "
               "for class {}; the model has its own names: leave out --labels, or correct id2label in its config.json",
               printable(names[i]), i, found->second);
  }
}

std::string describe_replaced(const std::map<int64_t, std::string>& own, const std::vector<std::string>& names) {
  for (const auto& [index, name] : own) {
    const auto& other = names[static_cast<size_t>(index)];
    if (name == other) continue;
    return fmt::format("its own class names are replaced by those of --labels, such as '{}' by '{}'", printable(name),
                       printable(other));
  }
  return {};
}

}  // namespace

std::string set_class_names(const std::string& labels, ModelConfig& config) {
  const auto names = read_names(labels, config.num_classes);
  check_against_own(config.id2label, names);
  std::string replaced = describe_replaced(config.id2label, names);
  config.id2label.clear();
  for (const auto& name : names) config.id2label.emplace(std::ssize(config.id2label), name);
  return replaced;
}

}  // namespace trecvit
