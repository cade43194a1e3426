// How a long piece of work tells of itself and hears that it is to end; handed down to whoever loops.
#pragma once

#include <stop_token>

#include "trecvit/base/progress_sink.h"
#include "trecvit/base/stop.h"

namespace trecvit {

struct WorkControl {
  ProgressSink* progress = nullptr;  // told of pieces that are done, if set; must outlive the work
  std::stop_token stop = {};

  // `units` more are done. Throws Stopped once a stop was requested.
  void done(int64_t units) const {
    if (progress) progress->advance(units);
    throw_if_stopped(stop);
  }
};

}  // namespace trecvit
