#include "trecvit/pipeline/model_test.h"

#include "trecvit/base/error.h"
#include "trecvit/io/file_kind.h"

namespace trecvit {
namespace {

// Sets a field to a number from outside, checked against the field's range.
void set_field(TrainConfig& config, std::string_view key, const std::optional<int64_t>& value) {
  if (!value) return;
  for (const auto& field : train_config_fields()) {
    if (field.key != key) continue;
    if (const auto misfit = field.read(*value, config))
      fail_usage("eval", "expected {} to be {}, got {}", key, misfit->expected, misfit->got);
  }
}

// A config's selection applies only to its own clips.
void forget_choice(DataConfig& data) {
  data.split.clear();
  data.groups.clear();
  data.without_groups.clear();
  data.limit = data.per_class = 0;
  data.root.clear();
}

// Empty unless every class has a name.
std::vector<std::string> names_of_classes(const ModelConfig& model) {
  std::vector<std::string> names;
  for (int64_t i = 0; i < model.num_classes && model.id2label.contains(i); ++i) names.push_back(model.label(i));
  return std::ssize(names) == model.num_classes ? names : std::vector<std::string>();
}

}  // namespace

TrainConfig test_config(const TestChoice& choice, const ModelConfig& model) {
  const std::string where = choice.config.empty() ? "eval" : choice.config;
  TrainConfig config = choice.config.empty()
                           ? TrainConfig()
                           : parse_train_fields(read_text_file(choice.config, kMostConfig), choice.config);
  if (choice.config.empty()) {
    if (model.clip_frames > 0) set_field(config, "clip.frames", model.clip_frames);
    set_field(config, "clip.stride", model.frame_stride);
    config.run.batch = 8;
  }
  if (!choice.data.empty()) forget_choice(config.val);
  apply_changes(choice.changes, config);
  if (!choice.data.empty()) config.val.source = choice.data;
  if (!choice.split.empty()) config.val.split = choice.split;
  if (choice.order) {
    config.clip.order = *choice.order;
    config.objective.motion_weight = 0;  // for training only; unknown for reordered frames
  }
  set_field(config, "clip.views", choice.views);
  set_field(config, "clip.crops", choice.crops);
  set_field(config, "clip.frames", choice.frames);
  set_field(config, "clip.stride", choice.stride);
  set_field(config, "loader.max_pixels", choice.max_pixels);
  check_train_config(config, where);
  if (config.val.source.empty()) fail_usage("eval", "expected --data, or --config with data.val.source, got neither");
  return config;
}

std::unique_ptr<ClipDataset> open_test_set(const TrainConfig& config, const ModelConfig& model) {
  ClipOptions clips = clip_options(config, model, /*training=*/false);
  clips.classes = names_of_classes(model);
  clips.unnamed_classes = model.num_classes;
  return open_dataset(config.val, clips);
}

void check_classes(const ModelConfig& model, const std::vector<std::string>& classes) {
  if (static_cast<int64_t>(classes.size()) != model.num_classes)
    fail_usage("eval", "expected the {} classes of the model, got {} in the data", model.num_classes, classes.size());
  for (size_t i = 0; i < classes.size() && !model.id2label.empty(); ++i) {
    const std::string label = model.label(static_cast<int64_t>(i));
    if (label != classes[i])
      fail_usage("eval", "expected class {} to be '{}' as in the model, got '{}' in the data", i, printable(label),
                 printable(classes[i]));
  }
}

Json test_json(const Json& metrics, const std::string& tested, const TrainConfig& config,
               const std::vector<std::pair<std::string, std::string>>& bad_files) {
  Json object = metrics;
  object["schema"] = "trecvit.eval/1";  // replaces the schema of the metrics, as the first key
  object["model"] = tested;
  object["source"] = config.val.source;
  object["order"] = word_of(config.clip.order);
  object["bad_files"] = Json::array();
  for (const auto& [name, reason] : bad_files)
    object["bad_files"].push_back({{"name", printable(name)}, {"reason", reason}});
  return object;
}

}  // namespace trecvit
