#include "trecvit/config/train_config.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "trecvit/base/error.h"
#include "trecvit/config/config_json.h"
#include "trecvit/config/field_names.h"
#include "trecvit/config/task_facts.h"
#include "trecvit/config/toml_json.h"
#include "trecvit/io/file_kind.h"

namespace trecvit {
namespace {

// "a.b=value" as a document; a value that is not TOML is text.
Json parse_change(const std::string& change, const std::string& where) {
  const size_t equals = change.find('=');
  const std::string key = change.substr(0, equals);
  const bool plain = !key.empty() && key.find_first_not_of(
                                         "abcdefghijklmnopqrstuvwxyz"
                                         "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") == std::string::npos;
  if (equals == std::string::npos || !plain) fail_usage(where, "expected KEY=VALUE, got '{}'", printable(change));
  if (auto document = parse_if_toml(change, where)) return *std::move(document);
  std::string quoted;
  for (const char c : change.substr(equals + 1)) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return parse_toml(key + " = \"" + quoted + "\"", where);
}

const TrainField* find_field(const std::string& key) {
  const auto& all = train_config_fields();
  const auto found = std::find_if(all.begin(), all.end(), [&](const TrainField& field) { return field.key == key; });
  return found == all.end() ? nullptr : &*found;
}

bool is_table(const std::string& key) {
  const auto& all = train_config_fields();
  const std::string begin = key + ".";
  const auto lies_in = [&](const TrainField& field) { return field.key.starts_with(begin); };
  return key == "model" || std::any_of(all.begin(), all.end(), lies_in);
}

// "clip.frame in line 3 (did you mean clip.frames?), nam in line 1"
std::string describe_unknown(const std::set<std::string>& keys, const std::map<std::string, int64_t>& lines) {
  constexpr size_t kMost = 8, kLongest = 60;
  std::vector<std::string> described;
  for (const auto& key : keys) {
    if (described.size() == kMost) break;
    const auto line = lines.find(key);
    const std::string nearest = nearest_field(key);
    described.push_back(printable(key, kLongest) +
                        (line == lines.end() ? "" : fmt::format(" in line {}", line->second)) +
                        (nearest.empty() || nearest == key ? "" : fmt::format(" (did you mean {}?)", nearest)));
  }
  const size_t more = keys.size() - described.size();
  return fmt::format("{}{}", fmt::join(described, ", "), more == 0 ? "" : fmt::format(" and {} more", more));
}

class Reader {
 public:
  Reader(TrainConfig& config, std::string where) : config_(config), where_(std::move(where)) {}

  // file: the text of the document, for line numbers in messages; empty for a change, which is a single line.
  void read(const Json& document, std::string_view file) {
    lines_ = lines_of_keys(file);
    walk(document, "");
    if (unknown_.empty()) return;
    fail_usage(where_, "expected keys of a training config, got the unknown {}; trecvit train --help-config lists them",
               describe_unknown(unknown_, lines_));
  }

 private:
  void walk(const Json& table, const std::string& prefix) {
    for (const auto& [name, value] : table.items()) {
      const std::string key = prefix + name;
      const bool one_part = name.find('.') == std::string::npos;  // "a.b" in quotes is not b in table a
      const TrainField* field = find_field(key);
      if (one_part && field) {
        if (const auto misfit = field->read(value, config_))
          fail_usage(place_of(key), "expected {}{} to be {}, got {}", key, misfit->inside, misfit->expected,
                     misfit->got);
      } else if (one_part && is_table(key)) {
        read_table(key, value);
      } else {
        unknown_.insert(key);
      }
    }
  }

  // "run.toml:12" for a key of a file.
  std::string place_of(const std::string& key) const {
    const auto line = lines_.find(key);
    return line == lines_.end() ? where_ : fmt::format("{}:{}", where_, line->second);
  }

  void read_table(const std::string& key, const Json& value) {
    if (!value.is_object())
      fail_usage(place_of(key), "expected {} to be a table, got {}", key, printable(value.dump(), 80));
    if (key == "model") return read_model(value);
    walk(value, key + ".");
  }

  void read_model(const Json& value) {
    try {
      parse_model_config(value.dump(), where_ + ": model");
    } catch (const Error& error) {
      throw Error(ErrorKind::kUsage, error.what());  // the same message, but the fault is not in a model
    }
    nlohmann::json merged = config_.model;  // keys in the order of their bytes, as when read from a file
    merged.update(nlohmann::json(value), /*merge_objects=*/true);
    config_.model = Json(merged);
  }

  TrainConfig& config_;
  std::string where_;
  std::map<std::string, int64_t> lines_;
  std::set<std::string> unknown_;
};

// Tasks that produce pictures need no classes: a field without effect is a mistake.
void check_no_objective(const TrainConfig& c, const std::string& where) {
  const TrainConfig defaults;
  for (const auto& field : train_config_fields()) {
    if (!std::string_view(field.key).starts_with("objective.") || field.write(c) == field.write(defaults)) continue;
    fail_usage(where, "expected {} = {} for a task without classes, got {}", field.key, field.write(defaults).dump(),
               field.write(c).dump());
  }
}

}  // namespace

void check_train_config(const TrainConfig& c, const std::string& where) {
  const bool classes = facts_of(c.task).has_classes;
  if (c.augment.least_area > c.augment.most_area)
    fail_usage(where, "expected augment.least_area of at most augment.most_area, got {} and {}", c.augment.least_area,
               c.augment.most_area);
  if (c.augment.least_scale > c.augment.most_scale)
    fail_usage(where, "expected augment.least_scale of at most augment.most_scale, got {} and {}",
               c.augment.least_scale, c.augment.most_scale);
  if (c.optimizer.floor > c.optimizer.learning_rate)
    fail_usage(where, "expected optimizer.floor of at most optimizer.learning_rate, got {} and {}", c.optimizer.floor,
               c.optimizer.learning_rate);
  if (c.objective.multi_label && c.objective.class_weights)
    fail_usage(where, "expected objective.class_weights = false with objective.multi_label, got true");
  if (c.objective.mixup > 0 && c.objective.motion_weight > 0)
    fail_usage(where, "expected objective.motion_weight = 0 with mixup, got {}; a mixed clip has no single motion",
               c.objective.motion_weight);
  if (c.clip.order != FrameOrder::kAsIs && c.objective.motion_weight > 0)
    fail_usage(where, "expected objective.motion_weight = 0 with clip.order other than as_is, got {}",
               c.objective.motion_weight);
  if (c.start.probe != ProbeKind::kNone && (c.start.backbone != Backbone::kFrozen || c.start.from.empty()))
    fail_usage(where, "expected start.from and start.backbone = \"frozen\" with a probe, got from '{}' and {}",
               printable(c.start.from), word_of(c.start.backbone));
  if (c.start.backbone == Backbone::kFrozen && c.objective.motion_weight > 0)
    fail_usage(where, "expected objective.motion_weight = 0 with a frozen backbone, got {}", c.objective.motion_weight);
  if (!classes && (c.start.backbone == Backbone::kFrozen || c.start.probe != ProbeKind::kNone))
    fail_usage(where, "expected a backbone that is trained and no probe for a task without classes, got {}",
               c.start.backbone == Backbone::kFrozen ? "a frozen one" : "a probe");
  if (c.start.backbone == Backbone::kFrozen && c.optimizer.layer_decay < 1)
    fail_usage(where, "expected optimizer.layer_decay = 1 with a frozen backbone, got {}", c.optimizer.layer_decay);
  if (!classes) check_no_objective(c, where);
  if (!classes && c.clip.views * c.clip.crops > 1)
    fail_usage(where, "expected clip.views = clip.crops = 1 for a task without classes, got {} and {}", c.clip.views,
               c.clip.crops);
  if (reads_field(c.task, "recall.back") && c.recall.back >= c.clip.frames)
    fail_usage(where, "expected recall.back to be less than the {} frames of a clip, got {}", c.clip.frames,
               c.recall.back);
  if (c.run.chunk > 0 && c.run.recompute)
    fail_usage(where, "expected run.recompute = false with run.chunk, got both; run.chunk by itself limits the memory");
  if (c.objective.multi_label && c.objective.label_smoothing > 0)
    fail_usage(where, "expected objective.label_smoothing = 0 with objective.multi_label, got {}",
               c.objective.label_smoothing);
}

TrainConfig parse_train_fields(std::string_view text, const std::string& where) {
  TrainConfig config;
  Reader(config, where).read(parse_toml(text, where), text);
  return config;
}

void apply_changes(const std::vector<std::string>& changes, TrainConfig& config) {
  for (const auto& change : changes)
    Reader(config, "--set " + printable(change)).read(parse_change(change, "--set"), {});
}

TrainConfig parse_train_config(std::string_view text, const std::string& where,
                               const std::vector<std::string>& changes) {
  TrainConfig config = parse_train_fields(text, where);
  apply_changes(changes, config);
  check_train_config(config, where);
  return config;
}

TrainConfig read_train_config(const std::string& path, const std::vector<std::string>& changes) {
  return parse_train_config(read_text_file(path, kMostConfig), path, changes);
}

void require_model(const TrainConfig& config, const std::string& path) {
  if (!config.size.empty() || !config.start.from.empty() || !config.model.empty()) return;
  fail_usage(printable(path),
             "expected a config that names the model to train, got none; set size = \"Ti\" for a named model, "
             "start.from for existing weights, or the sizes in [model]");
}

std::string print_train_config(const TrainConfig& config) {
  std::string out, table;
  for (const auto& field : train_config_fields()) {
    const size_t dot = field.key.rfind('.');
    const std::string in = dot == std::string::npos ? "" : field.key.substr(0, dot);
    if (in != table) out += fmt::format("\n[{}]\n", in);
    table = in;
    out += fmt::format("{} = {}\n", field.key.substr(dot == std::string::npos ? 0 : dot + 1),
                       toml_value(field.write(config)));
  }
  if (!config.model.empty()) out += "\n[model]\n";
  for (const auto& [key, value] : config.model.items()) out += fmt::format("{} = {}\n", key, toml_value(value));
  return out;
}

}  // namespace trecvit
