// What the config of a run asks of its clips; declared in clip_dataset.h.
#include "trecvit/config/task_facts.h"
#include "trecvit/data/clip_dataset.h"

namespace trecvit {

ClipOptions clip_options(const TrainConfig& config, const ModelConfig& model, bool training) {
  ClipOptions options;
  options.clip = config.clip;
  options.augment = config.augment;
  options.height = model.image_height;
  options.width = model.image_width;
  options.preprocess = model.preprocess;
  options.training = training;
  options.frame_targets = config.objective.target == TargetKind::kFrame;
  options.multi_label = config.objective.multi_label;
  options.needs_labels = facts_of(config.task).has_classes;
  if (training && config.objective.motion_weight > 0) {
    options.motion_rows = model.patch_rows();
    options.motion_columns = model.patch_columns();
  }
  options.cache_gb = config.loader.cache_gb;
  options.cache_side = config.loader.cache_side;
  options.cache_every = config.loader.cache_every;
  options.max_pixels = config.loader.max_pixels;
  return options;
}

}  // namespace trecvit
