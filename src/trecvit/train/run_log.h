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
  // How far the run has come; by default, at its start.
  struct Done {
    int64_t steps = 0;
    bool tested = true;  // whether a test that is due after these steps is finished
  };
  // step_columns, test_columns: the columns of metrics.csv in addition to those of every run, for a step and for a
  // test.
  RunLog(const std::string& folder, const Done& done, std::vector<std::string> step_columns,
         std::vector<std::string> test_columns);
  ~RunLog();
  RunLog(const RunLog&) = delete;
  RunLog& operator=(const RunLog&) = delete;

  // Writes the lines that an earlier process could not write (unlogged()), followed by `notes`. No line is written
  // twice, however often a run resumes from one checkpoint. Must come before any other line.
  void restore(const Json& unlogged, const std::vector<std::string>& notes);

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
