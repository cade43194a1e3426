// The report of a run (train/report.h), from its folder and what its task adds.
#pragma once

#include <string>

#include "trecvit/config/model_config.h"
#include "trecvit/config/train_config.h"
#include "trecvit/train/task.h"

namespace trecvit::train {

// Reads the folder's metrics.csv and writes its report.html. tested: the newest test, null where there was none.
void write_run_report(const std::string& folder, const TrainConfig& config, const ModelConfig& model, const Task& task,
                      const TestResult* tested);

}  // namespace trecvit::train
