// What masked auto-encoding computes per frame.
#pragma once

#include "trecvit/config/train_config.h"
#include "trecvit/train/tasks/task_cost.h"

namespace trecvit::train {

// The cost per frame of a masked clip in operations, averaged over the clip.
struct MaskedCost {
  double masked = 0;          // fraction of all patches that is hidden
  double encoder = 0;         // for the visible patches
  double whole_encoder = 0;   // if all patches were visible
  double reconstruction = 0;  // for all patches
};
MaskedCost masked_cost(const TrainConfig& config, const ModelConfig& model);

TaskCost cost_of_reconstruction(const TrainConfig& config, const ModelConfig& model);

}  // namespace trecvit::train
