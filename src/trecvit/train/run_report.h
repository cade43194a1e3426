// The report of a run (train/report.h), from its folder and its last evaluation.
#pragma once

#include <string>

#include "trecvit/config/model_config.h"
#include "trecvit/config/train_config.h"
#include "trecvit/data/evaluate.h"

namespace trecvit::train {

// Reads the folder's metrics.csv and writes its report.html.
void write_run_report(const std::string& folder, const TrainConfig& config, const ModelConfig& model,
                      const Evaluation& evaluation);

}  // namespace trecvit::train
