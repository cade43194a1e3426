// Weights whose reading can be stopped: a large model takes many seconds to load, and stopping between frames does not
// help during that time.
#pragma once

#include <memory>
#include <stop_token>

#include "trecvit/weights/weight_source.h"

namespace trecvit {

// The same tensors. Once a stop was requested, reading another tensor throws Stopped (base/stop.h).
std::unique_ptr<WeightSource> stoppable(std::unique_ptr<WeightSource> weights, std::stop_token stop);

}  // namespace trecvit
