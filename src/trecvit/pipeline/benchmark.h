// Speed and memory per streamed frame on this machine.
#pragma once

#include <cstdint>

#include "trecvit/base/progress_sink.h"
#include "trecvit/io/json.h"
#include "trecvit/pipeline/model_choice.h"

namespace trecvit {

struct StepCount {
  int64_t frames = 50, warmup = 5;  // timed frames, and untimed ones before them
};

// Loads the model, steps it on frames of noise at 25 per second, and measures the peak of its kernels. Returns an
// object of schema trecvit.bench/1. progress: told of each frame, if set. Throws as OpenedModel, Stopped once
// choice.stop was requested.
Json benchmark(const ModelChoice& choice, const StepCount& count, ProgressSink* progress);

}  // namespace trecvit
