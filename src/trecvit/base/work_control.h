// How long work reports progress and receives stop requests; passed down to the code that loops.
#pragma once

#include <stop_token>

#include "trecvit/base/progress_sink.h"
#include "trecvit/base/stop.h"

namespace trecvit {

struct WorkControl {
  ProgressSink* progress = nullptr;  // notified of finished pieces, if set; must outlive the work
  std::stop_token stop = {};

  // `units` more are done. Throws Stopped once a stop was requested.
  void done(int64_t units) const {
    if (progress) progress->advance(units);
    throw_if_stopped(stop);
  }
};

}  // namespace trecvit
