// What a run leaves in its folder: checkpoints, log, models, pictures and report. Only the process that leads its group
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
  // Of a run that goes on.
  struct Before {
    bool resumed = false;
    Json unlogged;       // lines that it could not write before its checkpoint
    std::string change;  // what is different in the steps to come, if anything is
  };
  // The folder exists; of a run that goes on, what is of later steps is put out of the way. The setup must live as
  // long. Throws Error(kResource).
  RunWriter(const RunSetup& setup, std::string folder, bool leads, const RunPosition& position, const Before& before);

  const std::string& folder() const { return folder_; }
  std::string path(const char* name) const;
  // The step of the newest checkpoint; -1 where there is none.
  int64_t saved() const { return saved_; }

  // Lines of the log are kept until flush().
  void note(int64_t step, const std::string& text);
  void step(int64_t step, const StepResult& result, const RunLog::Rate& rate);
  void test(int64_t step, const TestResult& result);
  // is_new: else they are in the log already, from before the run was stopped.
  void pictures(int64_t step, const std::vector<Presenter::NamedPicture>& pictures, bool is_new);
  void flush();
  // To the disk.
  void sync();
  // The newest loss, rate of learning and score, for a line of progress.
  std::span<const ProgressValue> shown() const;

  // A checkpoint, unless that of this step is there.
  void save(const RunPosition& position);
  // best/ with the weights as they are.
  void save_best(const report::KeptBest& best) const;
  // model/ with the weights as they are.
  void save_model() const { write_model("model", std::nullopt); }
  // run.json
  void facts(const RunPosition& position) const;
  // What is left once the last step is done: run.json as of a run that ended, and the report. tested: the newest test;
  // null where there was none.
  void end(const RunPosition& position, const TestResult* tested) const;
  void film(const Presenter::Film& film) const;

 private:
  void write_model(const char* name, const std::optional<report::KeptBest>& best) const;
  report::RunFacts facts_of(const RunPosition& position) const;

  const RunSetup& setup_;
  std::string folder_;
  bool leads_;
  std::unique_ptr<RunLog> log_;  // null where another process leads
  int64_t saved_ = -1;
};

}  // namespace trecvit::train
