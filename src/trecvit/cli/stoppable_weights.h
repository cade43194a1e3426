// Weights whose reading a signal ends: a large model takes many seconds to load, and none of that time is between two
// frames.
#pragma once

#include <memory>

#include "trecvit/weights/weight_source.h"

namespace trecvit::cli {

// The same tensors. Once a signal has arrived, reading another one throws Stopped (signals.h).
std::unique_ptr<WeightSource> stoppable(std::unique_ptr<WeightSource> weights);

}  // namespace trecvit::cli
