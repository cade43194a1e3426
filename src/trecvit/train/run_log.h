// What a run says of itself while it goes, in its folder. All files are appended to; where a run goes on after a
// checkpoint, what comes later is taken out first, so that nothing appears twice (of the events: but for a test or
// pictures that were not over when the checkpoint was made).
//
//   log.jsonl     one object a line; no times in it: the same run writes the same bytes
//   metrics.csv   a row every log_every steps
//   events.*      the same for TensorBoard
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "trecvit/config/model_config.h"
#include "trecvit/config/train_config.h"
#include "trecvit/io/progress.h"
#include "trecvit/train/train_step.h"

namespace trecvit::train {

// A line of log.jsonl.
std::string note_line(int64_t step, const std::string& text);

class RunLog {
 public:
  // How far the run is; at its beginning nowhere.
  struct Done {
    int64_t steps = 0;
    bool tested = true;  // whether a test that is due after these steps is over
  };
  // The columns of metrics.csv besides those of every run: of a step, and of a test.
  RunLog(const std::string& folder, const Done& done, std::vector<std::string> step_columns,
         std::vector<std::string> test_columns);
  ~RunLog();
  RunLog(const RunLog&) = delete;
  RunLog& operator=(const RunLog&) = delete;

  // Lines that a run before could not write (unlogged()), and others to come after them. None is written twice, however
  // often a run goes on from one checkpoint. Before any other line.
  void restore(const Json& unlogged, const std::vector<std::string>& notes);

  struct Rate {
    double clips_per_second = 0;
    double waiting = 0;  // part of the time that the step waited for clips
  };
  // Lines are kept until flush() writes them.
  void step(int64_t step, const StepResult& result, const Rate& rate);
  void evaluation(int64_t step, const TestResult& result);
  void note(int64_t step, const std::string& text);
  // Throws Error(kResource) where the disk refuses; what was not written is kept.
  void flush();
  // What is kept, for a checkpoint.
  Json unlogged() const;
  // A PNG: pictures/NAME-00000100.png. is_new: else it was drawn before the run was stopped, and is among the events.
  void picture(int64_t step, const std::string& name, const report::Picture& picture, bool is_new);
  // To the disk.
  void sync();

  // The newest loss, rate of learning and score, for a line of progress.
  std::span<const ProgressValue> shown() const { return shown_; }

 private:
  struct Files;
  std::unique_ptr<Files> files_;
  std::string folder_;
  std::vector<std::string> step_columns_, test_columns_;
  std::vector<ProgressValue> shown_;
  std::optional<double> score_;                     // of the newest test
  std::deque<std::string> json_lines_, csv_lines_;  // not written yet
};

}  // namespace trecvit::train
