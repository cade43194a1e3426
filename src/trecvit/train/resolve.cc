#include "trecvit/train/resolve.h"

#include <algorithm>
#include <cmath>

#include "trecvit/base/error.h"
#include "trecvit/config/task_facts.h"

namespace trecvit::train {
namespace {

constexpr std::string_view kWhere = "training config";

}  // namespace

ModelConfig resolve_model(const TrainConfig& config, const ModelConfig& sizes, const ClipDataset& set) {
  ModelConfig model = sizes;
  model.id2label.clear();
  if (facts_of(config.task).has_classes) {
    const auto& classes = set.classes();
    model.num_classes = static_cast<int64_t>(classes.size());
    for (size_t i = 0; i < classes.size(); ++i) model.id2label[static_cast<int64_t>(i)] = classes[i];
  } else {
    model.num_classes = model.head_dim = 0;
  }
  model.multi_label = model.has_head() && config.objective.multi_label;
  model.clip_frames = config.clip.frames;
  model.frame_stride = set.frame_stride();
  if (config.objective.target == TargetKind::kFrame) model.readout = {Readout::Kind::kLast, 0};
  try {
    validate(model, std::string(kWhere));
  } catch (const Error& error) {
    throw Error(ErrorKind::kUsage, error.what());  // a mistake in the config, not a file that cannot be read
  }
  return model;
}

void check_sets(const TrainConfig& config, const ClipDataset& train, const ClipDataset* val) {
  if (!facts_of(config.task).has_classes) return;
  if (train.classes().size() < 2 && !config.objective.multi_label)
    fail_usage("data.train", "expected clips of two classes or more, got one class; trecvit pretrain needs no labels");
  if (config.objective.motion_weight > 0 && !train.knows_motion())
    fail_usage("objective.motion_weight", "expected 0 for clips whose image motion is unknown, got {:g}",
               config.objective.motion_weight);
  if (val && val->classes() != train.classes())
    fail_usage("data", "expected the same classes in data.train and data.val, got {} and {}", train.classes().size(),
               val->classes().size());
}

int64_t resolve_steps(const TrainConfig& config, int64_t samples, int64_t processes) {
  if (config.run.steps > 0) return config.run.steps;
  if (config.run.epochs <= 0)
    fail_usage(kWhere, "expected run.steps or run.epochs for the length of the run, got neither");
  const double clips = config.run.epochs * static_cast<double>(samples);
  const auto a_step = static_cast<double>(config.run.batch * config.optimizer.accumulate * processes);
  const double steps = std::max(1.0, std::round(clips / a_step));
  if (steps > static_cast<double>(kMostSteps))
    fail_usage("run.epochs", "expected at most {} steps, got {:.0f} for {:g} epochs of {} clips", kMostSteps, steps,
               config.run.epochs, samples);
  return static_cast<int64_t>(steps);
}

}  // namespace trecvit::train
