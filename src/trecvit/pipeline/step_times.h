// How long the steps of a stream take.
#pragma once

#include <vector>

#include "trecvit/base/work_control.h"
#include "trecvit/engine/engine.h"

namespace trecvit {

struct StepCount {
  int64_t frames = 50, warmup = 5;  // timed, and before the first of them
};

// Milliseconds of each step on frames of noise at 25 a second. control: told of each frame. Throws Stopped.
std::vector<double> time_steps(Engine& engine, StreamState state, const StepCount& count, const WorkControl& control);

}  // namespace trecvit
