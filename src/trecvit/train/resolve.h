// From what a user wrote to what is trained: sizes, labels, length.
#pragma once

#include "trecvit/config/model_config.h"
#include "trecvit/config/train_config.h"
#include "trecvit/data/clip_dataset.h"

namespace trecvit::train {

// The model of given sizes (weights/starting_point.h: model_sizes) with the classes, labels and frame stride of the set
// it is trained on, and clip length and readout of the run. Throws Error(kUsage) where they do not go together.
ModelConfig resolve_model(const TrainConfig& config, const ModelConfig& sizes, const ClipDataset& set);

// Throws Error(kUsage) where the sets are not what the task needs. val: may be null.
void check_sets(const TrainConfig& config, const ClipDataset& train, const ClipDataset* val);

// Steps of the run: run.steps, or run.epochs over a set of `samples`. Throws Error(kUsage) where neither is given.
int64_t resolve_steps(const TrainConfig& config, int64_t samples);

}  // namespace trecvit::train
