// A run from its first step, or from a checkpoint, to its last.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <stop_token>
#include <string>

#include "trecvit/base/progress_sink.h"
#include "trecvit/config/train_config.h"
#include "trecvit/io/progress.h"
#include "trecvit/report/run_facts.h"
#include "trecvit/train/tasks/test_result.h"

namespace trecvit::train {

struct TrainRequest {
  TrainConfig config;
  // The folder of the run, which exists and nobody else writes into (io/folder_lock.h). Asked for once: first of all
  // where a run goes on, else before the first file is written and after data and model were found to be good.
  std::function<std::string()> folder;
  bool resume = false;  // go on from the newest intact checkpoint there, else begin
  // Of a run that goes on: the keys that --set names now, and whether its config.toml was changed by hand
  // (train/run_settings.h). Changes are compared with the checkpoint and recorded in the log.
  std::set<std::string> changed;
  bool edited = false;
  // Called where a run goes on, after all was found to fit.
  std::function<void()> resumed = [] {};
  ProgressMode progress = ProgressMode::kAuto;
  // Told of each step before what follows from it, such as a test, and between the batches of a step; may be null.
  ProgressSink* steps_done = nullptr;
  // Once it is requested, the run ends within a step or a batch of a test, and is saved.
  std::stop_token stop = {};
  std::function<void(const std::string&)> say = [](auto&) {};  // a line for people
};

struct TrainOutcome {
  bool stopped = false;  // by request.stop, after a checkpoint was saved
  int64_t step = 0, steps = 0;
  std::optional<TestResult> test;         // of data.val after the last step, if there is one
  std::optional<report::BestModel> best;  // what best/ holds
};

// Makes in the folder: config.toml, run.json, log.jsonl, metrics.csv, events for TensorBoard, checkpoints/, best/,
// model/ and report.html; of what gives pictures also pictures/, and beside each model reconstruction.safetensors or
// recall.safetensors; with a probe probe.safetensors beside the model, whose own head is then zero. Throws Error;
// Error(kCheckFailed) where a loss or gradient was not finite and run.on_nan is stop, after a checkpoint of the weights
// before. A file or disk that does not let the run go on is said with the step that was saved and how to go on.
TrainOutcome train(const TrainRequest& request);

}  // namespace trecvit::train
