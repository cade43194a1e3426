#include "trecvit/train/run_settings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <span>

#include "trecvit/base/hash.h"
#include "trecvit/base/list_some.h"
#include "trecvit/config/config_json.h"
#include "trecvit/config/task_facts.h"
#include "trecvit/config/toml_json.h"

namespace trecvit::train {
namespace {

constexpr std::string_view kStamp =
    "# Do not edit: to change settings of this run, resume it with --resume=DIR --set KEY=VALUE. ";
constexpr std::string_view kEarlierStamp =  // in runs of earlier versions, which can be resumed too
    "# As it was written; a run that goes on takes changes by --resume=DIR --set KEY=VALUE. ";

std::string stamped(std::string_view stamp, std::string_view text) {
  return fmt::format("{}{:016x}\n", stamp, hash_text(text));
}

const std::map<std::string, Effect, std::less<>>& effects() {
  static const std::map<std::string, Effect, std::less<>> all = {
      {"data.train.root", Effect::kNone},   {"data.train.source", Effect::kNone},
      {"data.val.root", Effect::kNone},     {"data.val.source", Effect::kNone},
      {"loader.bad_files", Effect::kNone},  {"loader.bad_limit", Effect::kNone},
      {"loader.cache_gb", Effect::kNone},   {"loader.max_pixels", Effect::kNone},
      {"loader.prefetch", Effect::kNone},   {"loader.workers", Effect::kNone},
      {"optimizer.floor", Effect::kLater},  {"optimizer.learning_rate", Effect::kLater},
      {"optimizer.warmup", Effect::kLater}, {"run.epochs", Effect::kLater},
      {"run.keep", Effect::kNone},          {"run.on_nan", Effect::kNone},
      {"run.save_every", Effect::kNone},    {"run.steps", Effect::kLater},
  };
  return all;
}

}  // namespace

std::string stamped_config(const TrainConfig& config) {
  const std::string text = print_train_config(config);
  return text + stamped(kStamp, text);
}

bool is_as_written(std::string_view text) {
  const std::string_view stamps[] = {kStamp, kEarlierStamp};
  return std::any_of(std::begin(stamps), std::end(stamps), [text](std::string_view stamp) {
    const size_t at = text.rfind(stamp);
    return at != std::string_view::npos && text.substr(at) == stamped(stamp, text.substr(0, at));
  });
}

Json settings_of(const TrainConfig& config) {
  Json all = Json::object();
  for (const auto& field : train_config_fields()) all[field.key] = field.write(config);
  all["model"] = config.model;
  return all;
}

Effect effect_of(std::string_view key) {
  if (key == "run.device") return Effect::kNone;  // set by --device
  const auto found = effects().find(key);
  return found == effects().end() ? Effect::kBefore : found->second;
}

const std::vector<std::string>& changeable_fields() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> keys;
    for (const auto& [key, effect] : effects()) keys.push_back(key);
    return keys;
  }();
  return all;
}

std::vector<std::string> cautions(const TrainConfig& config, int64_t steps) {
  std::vector<std::string> out, idle;
  const TrainConfig defaults;
  for (const auto& field : train_config_fields()) {
    if (!reads_field(config.task, field.key) && field.write(config) != field.write(defaults)) idle.push_back(field.key);
  }
  if (!idle.empty()) {
    out.push_back(fmt::format("{} {} nothing if task is {}", fmt::join(idle, ", "), idle.size() > 1 ? "do" : "does",
                              word_of(config.task)));
  }
  if (config.optimizer.warmup >= steps)
    out.push_back(fmt::format("optimizer.warmup of {} steps is too long for a run of {}: reduced to {}",
                              config.optimizer.warmup, steps, steps - 1));
  return out;
}

std::vector<Difference> differences(const Json& before, const TrainConfig& now) {
  std::vector<Difference> out;
  const Json settings = settings_of(now);
  for (const auto& [key, value] : settings.items()) {
    const auto old = before.find(key);
    if (old != before.end() && *old != value) out.push_back({key, toml_value(*old), toml_value(value)});
  }
  return out;
}

std::string model_change(const ModelConfig& checkpoint, const ModelConfig& asked) {
  if (checkpoint.id2label != asked.id2label) {
    const auto names_not_in = [](const ModelConfig& of, const ModelConfig& other) {
      std::vector<std::string> names;
      for (const auto& [index, name] : of.id2label) {
        const bool in_both = std::any_of(other.id2label.begin(), other.id2label.end(),
                                         [&](const auto& entry) { return entry.second == name; });
        if (!in_both) names.push_back(name);
      }
      return names;
    };
    const auto gone = names_not_in(checkpoint, asked), added = names_not_in(asked, checkpoint);
    if (gone.empty() && added.empty()) return "expected the classes in the order of the checkpoint, got another order";
    return fmt::format("expected the {} classes of the checkpoint, got {}: {} missing, {} new",
                       checkpoint.id2label.size(), asked.id2label.size(), list_some(gone), list_some(added));
  }
  const Json kept = parse_json(print_model_config(checkpoint), "checkpoint");
  const Json now = parse_json(print_model_config(asked), "config");
  std::vector<std::string> before, after;
  for (const auto& [key, value] : now.items()) {
    const Json old = kept.value(key, Json());
    if (old == value) continue;
    before.push_back(fmt::format("{} = {}", key, old.dump()));
    after.push_back(fmt::format("{} = {}", key, value.dump()));
  }
  return fmt::format("expected {} as in the checkpoint, got {}", list_some(before), list_some(after));
}

}  // namespace trecvit::train
