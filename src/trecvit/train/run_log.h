// The logs that a run writes into its folder as it goes. All files are appended to. When a run resumes from a
// checkpoint, later entries are removed first, so that nothing appears twice (except, among the events, a test or
// pictures that were not finished when the checkpoint was made).
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
  // What comes before the first new line; by default, nothing.
  struct Before {
    int64_t steps = 0;               // how far the run has come
    bool tested = true;              // whether a test that is due after these steps is finished
    Json unlogged;                   // lines that an earlier process could not write: unlogged()
    std::vector<std::string> notes;  // lines to write after them
  };
  // No line of `before` is written twice, however often a run resumes from one checkpoint. step_columns, test_columns:
  // the columns of metrics.csv in addition to those of every run, for a step and for a test.
  RunLog(const std::string& folder, const Before& before, std::vector<std::string> step_columns,
         std::vector<std::string> test_columns);
  ~RunLog();
  RunLog(const RunLog&) = delete;
  RunLog& operator=(const RunLog&) = delete;

  struct Rate {
    double clips_per_second = 0;
    double waiting = 0;  // fraction of the time spent waiting for clips
  };
  // Lines are buffered until flush() writes them.
  void step(int64_t step, const StepResult& result, const Rate& rate);
  void evaluation(int64_t step, const TestResult& result);
  void note(int64_t step, const std::string& text);
  // Throws Error(kResource) if writing fails; unwritten lines stay buffered.
  void flush();
  // The buffered lines, for a checkpoint.
  Json unlogged() const;
  // A PNG: pictures/NAME-00000100.png. is_new: false if it was painted before the run was stopped and is already among
  // the events.
  void picture(int64_t step, const std::string& name, const report::Picture& picture, bool is_new);
  // Syncs the files to disk.
  void sync();

  // The newest loss, learning rate and score, for a progress line.
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
