// A supervised run from its first step, or from a checkpoint, to its last.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "trecvit/config/train_config.h"
#include "trecvit/data/evaluate.h"
#include "trecvit/io/progress.h"
#include "trecvit/train/checkpoint.h"
#include "trecvit/train/run_log.h"
#include "trecvit/train/train_step.h"

namespace trecvit::train {

struct TrainRequest {
  TrainConfig config;
  // The folder of the run, which exists and nobody else writes into (io/folder_lock.h). Asked for once: first of all
  // where a run goes on, else before the first file is written and after data and model were found to be good.
  std::function<std::string()> folder;
  bool resume = false;  // go on from the newest intact checkpoint there, else begin
  ProgressMode progress = ProgressMode::kAuto;
  std::function<bool()> stop = [] { return false; };           // asked between steps
  std::function<void(const std::string&)> say = [](auto&) {};  // a line for people
};

struct TrainOutcome {
  bool stopped = false;  // by request.stop, after a checkpoint was saved
  int64_t step = 0, steps = 0;
  ClassificationMetrics metrics;  // of data.val after the last step, if there is one
};

// Makes in the folder: config.toml, run.json, log.jsonl, metrics.csv, events for TensorBoard, checkpoints/, best/,
// model/ and report.html; with a probe its file beside the model, whose own head is then zero. Throws Error;
// Error(kCheckFailed) where a loss or gradient was not finite and run.on_nan is stop, after a checkpoint of the weights
// before.
TrainOutcome train(const TrainRequest& request);

// Probabilities of a batch by the trainable model, as data/evaluate.h asks for them. What the classifier refers to must
// live as long.
Predict predict_with(const Classifier& classifier, const TrainConfig& config);

}  // namespace trecvit::train
