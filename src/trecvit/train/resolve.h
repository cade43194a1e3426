// From what the user wrote to what is trained: sizes, labels, number of steps.
#pragma once

#include "trecvit/config/model_config.h"
#include "trecvit/config/train_config.h"
#include "trecvit/data/clip_dataset.h"

namespace trecvit::train {

// The model with the given sizes (weights/starting_point.h: model_sizes), the classes, labels and frame stride of the
// set it is trained on, and the clip length and readout of the run. Throws Error(kUsage) if they are incompatible.
ModelConfig resolve_model(const TrainConfig& config, const ModelConfig& sizes, const ClipDataset& set);

// Throws Error(kUsage) if the sets do not suit the task. val: may be null.
void check_sets(const TrainConfig& config, const ClipDataset& train, const ClipDataset* val);

// Number of steps of the run: run.steps, or run.epochs over a set of `samples` shared by `processes`. Throws
// Error(kUsage) if neither is given or if they are more than kMostSteps.
int64_t resolve_steps(const TrainConfig& config, int64_t samples, int64_t processes = 1);

}  // namespace trecvit::train
