// The learning rate over a run.
#pragma once

#include <cstdint>

namespace trecvit::train {

// Rises linearly over the warm-up, then falls along half a cosine to `floor` at the last step:
//
//   lr(s) = peak (s + 1) / warm-up                                            s < warm-up
//   lr(s) = floor + (peak - floor) (1 + cos(pi (s - warm-up) / (steps - 1 - warm-up))) / 2
struct Schedule {
  double peak = 1e-4, floor = 0;
  int64_t warmup = 0, steps = 1;  // in steps of the optimiser; warmup < steps

  double at(int64_t step) const;  // step: 0 to steps - 1; later steps give the value of the last
};

}  // namespace trecvit::train
