#include "trecvit/config/field_names.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "trecvit/base/suggest.h"
#include "trecvit/config/config_json.h"
#include "trecvit/config/train_config.h"

namespace trecvit {
namespace {

using Keys = std::vector<std::string>;

// Names that other programs use for our fields, which are not typing errors.
constexpr std::pair<std::string_view, std::string_view> kOtherNames[] = {
    {"lr", "optimizer.learning_rate"},
    {"wd", "optimizer.weight_decay"},
    {"eps", "optimizer.epsilon"},
    {"warmup_steps", "optimizer.warmup"},
    {"grad_clip", "optimizer.clip_norm"},
    {"clip_grad", "optimizer.clip_norm"},
    {"grad_accum", "optimizer.accumulate"},
    {"ema_decay", "optimizer.mean_decay"},
    {"max_steps", "run.steps"},
    {"num_steps", "run.steps"},
    {"iterations", "run.steps"},
    {"max_epochs", "run.epochs"},
    {"num_epochs", "run.epochs"},
    {"batch_size", "run.batch"},
    {"dtype", "run.precision"},
    {"num_workers", "loader.workers"},
    {"num_frames", "clip.frames"},
    {"data", "data.train.source"},
    {"dataset", "data.train.source"},
    {"train_data", "data.train.source"},
    {"val_data", "data.val.source"},
    {"pretrained", "start.from"},
    {"checkpoint", "start.from"},
};

std::string_view leaf_of(std::string_view key) { return key.substr(key.rfind('.') + 1); }

// "clip" of "clip.frames", empty of "name".
std::string_view table_of(std::string_view key) { return key.substr(0, key.size() - leaf_of(key).size()); }

// The sizes of a model come first: "width" alone means that of the model, not of the reconstruction.
const Keys& fields() {
  static const Keys all = [] {
    Keys keys;
    for (const auto& field : model_config_fields()) keys.push_back("model." + std::string(field.key));
    for (const auto& field : train_config_fields()) keys.push_back(field.key);
    return keys;
  }();
  return all;
}

// Fields and their tables.
const Keys& fields_and_tables() {
  static const Keys all = [] {
    Keys keys = fields();
    std::set<std::string> tables;
    for (const auto& key : fields()) {
      for (size_t dot = key.find('.'); dot != std::string::npos; dot = key.find('.', dot + 1))
        tables.insert(key.substr(0, dot));
    }
    keys.insert(keys.end(), tables.begin(), tables.end());
    return keys;
  }();
  return all;
}

// The field whose last part is nearest, within one table or among all fields.
std::string nearest_leaf(std::string_view leaf, std::string_view table) {
  std::vector<std::string_view> leaves;
  for (const auto& key : fields()) {
    if (table.empty() || table_of(key) == table) leaves.push_back(leaf_of(key));
  }
  const std::string_view nearest = nearest_word(leaf, leaves);
  for (const auto& key : fields()) {
    if (!nearest.empty() && leaf_of(key) == nearest && (table.empty() || table_of(key) == table)) return key;
  }
  return {};
}

}  // namespace

std::string nearest_field(std::string_view key) {
  if (std::find(fields().begin(), fields().end(), key) != fields().end()) return std::string(key);
  const std::string_view leaf = leaf_of(key), table = table_of(key);
  for (const auto& [name, field] : kOtherNames) {
    if (leaf == name) return std::string(field);
  }
  for (const auto& field : fields()) {
    if (leaf_of(field) == leaf) return field;
  }
  if (const auto in_table = table.empty() ? "" : nearest_leaf(leaf, table); !in_table.empty()) return in_table;
  const auto& known = fields_and_tables();
  const std::string_view whole = nearest_word(key, {known.begin(), known.end()});
  return whole.empty() ? nearest_leaf(leaf, {}) : std::string(whole);
}

}  // namespace trecvit
