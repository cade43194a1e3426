// Writes the files of a run: checkpoints, log, models, pictures and report. Only the process that leads its group
// writes; in the others every call does nothing.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "trecvit/io/progress.h"
#include "trecvit/report/run_facts.h"
#include "trecvit/train/run_log.h"
#include "trecvit/train/run_position.h"
#include "trecvit/train/run_setup.h"

namespace trecvit::train {

class RunWriter {
 public:
  // For a run that resumes.
  struct Before {
    bool resumed = false;
    Json unlogged;       // lines that it could not write before its checkpoint
    std::string change;  // what differs in the remaining steps; empty if nothing does
  };
  // The folder must exist. If the run resumes, what belongs to later steps is removed or moved out of the way. The
  // setup must outlive this object. Throws Error(kResource).
  RunWriter(const RunSetup& setup, std::string folder, bool leads, const RunPosition& position, const Before& before);

  const std::string& folder() const { return folder_; }
  std::string path(const char* name) const;
  // The step of the newest checkpoint; -1 if there is none.
  int64_t saved() const { return saved_; }

  // Log lines are buffered until flush().
  void note(int64_t step, const std::string& text);
  void step(int64_t step, const StepResult& result, const RunLog::Rate& rate);
  void test(int64_t step, const TestResult& result);
  // is_new: false if they are already in the log, from before the run was stopped.
  void pictures(int64_t step, const std::vector<Presenter::NamedPicture>& pictures, bool is_new);
  void flush();
  // Syncs the files to disk.
  void sync();
  // The newest loss, learning rate and score, for a progress line.
  std::span<const ProgressValue> shown() const;

  // Writes a checkpoint, unless there is one of this step.
  void save(const RunPosition& position);
  // Writes best/ with the current weights.
  void save_best(const report::KeptBest& best) const;
  // Writes model/ with the current weights.
  void save_model() const { write_model("model", std::nullopt); }
  // Writes run.json.
  void facts(const RunPosition& position) const;
  // Writes the last files after the last step: run.json as of a finished run, and the report. tested: the newest test;
  // null if there was none.
  void end(const RunPosition& position, const TestResult* tested) const;
  void film(const Presenter::Film& film) const;

 private:
  void write_model(const char* name, const std::optional<report::KeptBest>& best) const;
  report::RunFacts facts_of(const RunPosition& position) const;

  const RunSetup& setup_;
  std::string folder_;
  bool leads_;
  std::unique_ptr<RunLog> log_;  // null if another process leads
  int64_t saved_ = -1;
};

}  // namespace trecvit::train
