// The arithmetic of a run, before it starts.
#pragma once

#include <string>
#include <vector>

#include "trecvit/config/model_config.h"
#include "trecvit/config/train_config.h"

namespace trecvit::train {

struct Plan {
  int64_t steps = 0;
  double clips = 0, frames = 0;  // seen in all; their product with the largest settings is no 64-bit number
  double flops = 0;              // three times the forward pass, four with recompute, one where the backbone is frozen
  double hours = 0;              // at `gflops` a second
  double memory_bytes = 0;       // weights, gradients, moments and what the backward pass keeps
};
// gflops: what this machine does in training, measured or assumed; 0: hours stay 0.
Plan make_plan(const TrainConfig& config, const ModelConfig& model, int64_t steps, double gflops);

// As lines for people.
std::vector<std::string> describe(const Plan& plan, const ModelConfig& model);

// Billions of operations a second of a product of the size of this model's, on the threads in use: a measurement of
// some 50 ms.
double measure_gflops(const ModelConfig& model);

}  // namespace trecvit::train
