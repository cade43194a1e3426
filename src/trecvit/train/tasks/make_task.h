// The task that a config asks for. What is known of it without making it is in config/task_facts.h.
#pragma once

#include <memory>

#include "trecvit/config/train_config.h"
#include "trecvit/data/clip_dataset.h"
#include "trecvit/model/trecvit.h"
#include "trecvit/train/tasks/task.h"
#include "trecvit/train/tasks/task_cost.h"

namespace trecvit::train {

// The set must live as long as the task. Throws Error(kUsage) if settings are incompatible.
std::shared_ptr<Task> make_task(const TrainConfig& config, const std::shared_ptr<model::TRecViT>& model,
                                const ClipDataset& training_set);

// What it costs. Throws Error(kUsage) if settings are incompatible.
TaskCost cost_of_task(const TrainConfig& config, const ModelConfig& model);

}  // namespace trecvit::train
