// The parts of a run that stay the same from its first step to its last: data, model, task and optimiser.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "trecvit/config/train_config.h"
#include "trecvit/data/clip_dataset.h"
#include "trecvit/model/trecvit.h"
#include "trecvit/train/checkpoint.h"
#include "trecvit/train/group.h"
#include "trecvit/train/tasks/task.h"
#include "trecvit/train/train_step.h"
#include "trecvit/train/trainer.h"

namespace trecvit::train {

struct RunSetup {
  TrainConfig config;
  int64_t steps = 0;                                // of the whole run
  int64_t processes = 1;                            // that take them together
  std::unique_ptr<ClipDataset> train_set, val_set;  // val_set: null if data.val is not given
  ModelConfig model_config;
  std::shared_ptr<model::TRecViT> model;
  std::shared_ptr<Task> task;
  std::unique_ptr<TrainStep> step;
  Json fixed;  // what must be unchanged when a run resumes, because otherwise its steps would be different

  // The set whose clips are shown in pictures: the test set, if there is one.
  const ClipDataset& shown_set() const { return val_set ? *val_set : *train_set; }
};

// Opens and checks everything, and reports what was found (TrainRequest::say). checkpoint: of a run to resume,
// otherwise null; its weights are not loaded yet. folder: of that run, for messages. Throws Error.
RunSetup set_up(const TrainRequest& request, const Group& group, const Checkpoint* checkpoint,
                const std::string& folder);

}  // namespace trecvit::train
