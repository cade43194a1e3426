// What a run says of itself while it goes, in its folder. All files are appended to; where a run goes on after a
// checkpoint, lines of later steps are taken out first, so that nothing appears twice.
//
//   log.jsonl     one object a line; no times in it: the same run writes the same bytes
//   metrics.csv   a row every log_every steps
//   events.*      the same for TensorBoard
#pragma once

#include <array>
#include <memory>
#include <string>

#include "trecvit/config/model_config.h"
#include "trecvit/config/train_config.h"
#include "trecvit/data/metrics.h"
#include "trecvit/io/progress.h"
#include "trecvit/train/train_step.h"

namespace trecvit::train {

class RunLog {
 public:
  // steps_done: of the run so far; 0 at its beginning.
  RunLog(const std::string& folder, int64_t steps_done);
  ~RunLog();
  RunLog(const RunLog&) = delete;
  RunLog& operator=(const RunLog&) = delete;

  // config.toml and run.json, where they are not there yet.
  void describe(const TrainConfig& config, const ModelConfig& model, int64_t samples);

  struct Rate {
    double clips_per_second = 0;
    double waiting = 0;  // part of the time that the step waited for clips
  };
  void step(int64_t step, const StepResult& result, const Rate& rate);
  void evaluation(int64_t step, const ClassificationMetrics& metrics);
  void note(int64_t step, const std::string& text);
  // To the disk.
  void sync();

  // The newest loss, rate of learning and score, for a line of progress.
  std::span<const ProgressValue> shown() const { return {shown_.data(), shown_count_}; }

 private:
  struct Files;
  std::unique_ptr<Files> files_;
  std::string folder_;
  std::array<ProgressValue, 4> shown_;
  size_t shown_count_ = 0;
};

}  // namespace trecvit::train
