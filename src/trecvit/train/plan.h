// The arithmetic of a run, before it starts.
#pragma once

#include <string>
#include <vector>

#include "trecvit/config/model_config.h"
#include "trecvit/config/train_config.h"

namespace trecvit::train {

// What a frame of a masked clip costs, the mean over the clip, in operations.
struct MaskedCost {
  double masked = 0;          // the part of all patches that is hidden
  double encoder = 0;         // of what is visible
  double whole_encoder = 0;   // if all were
  double reconstruction = 0;  // of all patches
};
MaskedCost masked_cost(const TrainConfig& config, const ModelConfig& model);

struct Plan {
  int64_t steps = 0;
  double clips = 0, frames = 0;  // seen in all; their product with the largest settings is no 64-bit number
  double flops = 0;              // three times the forward pass, four with recompute, one where the backbone is frozen
  double hours = 0;              // at `gflops` a second
  // Weights, gradients and moments of what is trained, and what the backward pass keeps, all as if in float32.
  double memory_bytes = 0;
};
// gflops: what this machine does in training, measured or assumed; 0: hours stay 0.
Plan make_plan(const TrainConfig& config, const ModelConfig& model, int64_t steps, double gflops);

// As lines for people.
std::vector<std::string> describe(const Plan& plan, const TrainConfig& config, const ModelConfig& model);

// Billions of operations a second of a product of the size of this model's, on the run's device and in its precision,
// on the threads in use: a measurement of 0.3 s. Throws as open_device.
double measure_gflops(const TrainConfig& config, const ModelConfig& model);
// A sentence where the run computes in bf16, at these GFLOP a second, and f32 is faster here; else empty.
std::string slower_in_bf16(const TrainConfig& config, const ModelConfig& model, double gflops);

}  // namespace trecvit::train
