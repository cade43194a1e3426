// The speed of a run since the last row of its log.
#pragma once

#include <cstdint>

#include "trecvit/base/stopwatch.h"
#include "trecvit/data/loader.h"
#include "trecvit/train/run_log.h"

namespace trecvit::train {

class LogClock {
 public:
  void restart(int64_t step, const Loader& loader) {
    watch_.restart();
    step_ = step;
    waited_ = loader.waited_seconds();
  }
  // clips: number of clips per step.
  RunLog::Rate rate(int64_t step, int64_t clips, const Loader& loader) const {
    const double seconds = watch_.seconds();
    return {static_cast<double>((step - step_) * clips) / seconds, (loader.waited_seconds() - waited_) / seconds};
  }

 private:
  Stopwatch watch_;
  int64_t step_ = 0;
  double waited_ = 0;
};

}  // namespace trecvit::train
