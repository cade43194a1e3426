// Estimates the cost of a run before it starts.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "trecvit/config/model_config.h"
#include "trecvit/config/train_config.h"

namespace trecvit::train {

struct PlanBasis {
  int64_t steps = 0, processes = 1;
  double gflops = 0;  // of one process, as from measure_gflops; if 0, hours stay 0
};
struct Plan {
  PlanBasis basis;
  double clips = 0, frames = 0;  // of all processes; with the largest settings, their product exceeds 64 bits
  double flops = 0;  // three times the forward pass; four times with recompute; once if the backbone is frozen
  double hours = 0;  // estimated
  // Of one process: weights, gradients and moments of what is trained, and what the backward pass keeps, all counted as
  // float32.
  double memory_bytes = 0;
};
Plan make_plan(const TrainConfig& config, const ModelConfig& model, const PlanBasis& basis);

// As human-readable lines.
std::vector<std::string> describe(const Plan& plan, const TrainConfig& config, const ModelConfig& model);

// Measures for 0.3 s how many billion operations per second a matrix product of this model's size reaches, on the run's
// device, in its precision, with the current number of threads. Shorter where most_flops, at least one product, are
// done before. Throws as open_device.
double measure_gflops(const TrainConfig& config, const ModelConfig& model,
                      double most_flops = std::numeric_limits<double>::infinity());
// Returns a sentence if the run computes in bf16 at this rate (GFLOP per second) and f32 is faster here; otherwise
// empty.
std::string slower_in_bf16(const TrainConfig& config, const ModelConfig& model, double gflops);

}  // namespace trecvit::train
