// The steps of a run and what is due after them: tests, pictures, checkpoints.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "trecvit/base/error.h"
#include "trecvit/base/stopwatch.h"
#include "trecvit/data/loader.h"
#include "trecvit/io/progress.h"
#include "trecvit/train/group.h"
#include "trecvit/train/log_clock.h"
#include "trecvit/train/run_position.h"
#include "trecvit/train/run_setup.h"
#include "trecvit/train/run_writer.h"
#include "trecvit/train/trainer.h"

namespace trecvit::train {

// The constructor's arguments that are references must outlive this object.
class TrainLoop {
 public:
  // watch: started with this process's work on the run, before its set-up.
  TrainLoop(const TrainRequest& request, RunSetup& setup, const Group& group, RunPosition position, RunWriter& writer,
            const Stopwatch& watch)
      : request_(request),
        setup_(setup),
        config_(setup.config),
        group_(group),
        position_(std::move(position)),
        writer_(writer),
        seconds_before_(position_.seconds),
        watch_(watch) {}

  // Writes run.json, then runs the steps. If the data (of training or of a test) or the disk prevent the run from
  // continuing, what was learnt so far is saved.
  TrainOutcome run() {
    writer_.facts(now());
    try {
      return run_to_the_end();
    } catch (const Error& error) {
      if (position_.step == 0 || (error.kind() != ErrorKind::kInput && error.kind() != ErrorKind::kResource)) throw;
      save_and_rethrow(error);
    }
  }

 private:
  TrainOutcome run_to_the_end();
  bool step_once(Loader& loader);
  bool test_and_paint_if_due(const Loader& loader);
  bool test_now();
  void paint_with_weights_in_place();
  void paint();
  bool finish();
  void save_film();
  void log_step(const StepResult& result, const Loader& loader);
  void handle_not_finite(const StepResult& result);
  [[noreturn]] void save_and_rethrow(const Error& error);
  LoaderOptions loading() const;
  const RunPosition& now();

  bool stop_asked() const { return group_.any(request_.stop.stop_requested()); }
  bool due(int64_t every) const { return every > 0 && position_.step % every == 0; }
  bool test_due() const {
    return position_.step > 0 && (due(config_.run.eval_every) || position_.step == setup_.steps);
  }
  bool test_or_sheet_is_left() const;

  const TrainRequest& request_;
  RunSetup& setup_;
  const TrainConfig& config_;
  const Group& group_;
  RunPosition position_;
  RunWriter& writer_;
  double seconds_before_;  // of earlier processes
  Stopwatch watch_;
  // The steps whose test and whose pictures this process has made; the position records what is in the log.
  int64_t tested_here_ = -1, painted_here_ = -1;
  std::optional<TestResult> test_;  // the newest
  size_t bad_files_said_ = 0;
  std::optional<Progress> progress_;
  LogClock clock_;
};

}  // namespace trecvit::train
