// Runs training from the first step, or from a checkpoint, to the last.
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
#include "trecvit/io/run_record.h"
#include "trecvit/train/tasks/test_result.h"

namespace trecvit::train {

class Group;

struct TrainRequest {
  TrainConfig config;
  // An existing folder for the run; if empty, a new one is created in `runs` (io/run_folder.h) after data and model
  // were checked. No other process may write into it meanwhile (io/folder_lock.h).
  std::string folder, runs;
  bool resume = false;  // resume from the newest intact checkpoint in `folder`; if there is none, start anew
  // For a run that resumes: the keys that --set names now, and whether its config.toml was changed by hand
  // (train/run_settings.h). Changes are compared with the checkpoint and recorded in the log.
  std::set<std::string> changed;
  bool edited = false;
  // The new content of its config.toml, stored after everything was found to fit; empty if unchanged.
  std::string changed_config;
  ProgressMode progress = ProgressMode::kAuto;
  // Told of each step before what is due after it, such as a test, and between the batches of a step; may be null.
  ProgressSink* steps_done = nullptr;
  // Once requested, the run ends within a step or a batch of a test, and is saved.
  std::stop_token stop = {};
  std::function<void(const std::string&)> say = [](auto&) {};  // receives a line for the user
};

struct TrainOutcome {
  std::string folder;    // of the run
  bool stopped = false;  // by request.stop, after a checkpoint was saved
  int64_t step = 0, steps = 0;
  std::optional<TestResult> test;  // on data.val after the last step, if data.val is given
  std::optional<BestModel> best;   // what best/ holds
};

// Creates in the folder: config.toml, run.json, log.jsonl, metrics.csv, events for TensorBoard, checkpoints/, best/,
// model/ and report.html. Tasks that produce pictures also write pictures/, and next to each model
// reconstruction.safetensors or recall.safetensors. A probe is written as probe.safetensors next to the model, whose
// own head is then zero. Throws Error; Error(kCheckFailed) if a loss or gradient was not finite and run.on_nan is stop,
// after saving a checkpoint of the weights before that step. If a file or the disk prevents the run from continuing,
// the message names the step that was saved and how to resume.
TrainOutcome train(const TrainRequest& request);

// The same as one of several processes, all with the same request. The one that leads makes the folder, writes and
// speaks. If one fails, the others throw Error(kResource), and the one that leads saves what was learnt first.
TrainOutcome train(const TrainRequest& request, const Group& group);

}  // namespace trecvit::train
