// What a task costs per frame, for the plan of a run. Known from the config alone, before a model is made.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trecvit/config/model_config.h"

namespace trecvit::train {

// Means over the frames of a clip.
struct TaskCost {
  double flops = 0;                // of a forward pass
  double tokens = 0;               // that pass through the blocks of the network
  int64_t attended = 0;            // tokens that attention runs over at once
  double parameters = 0;           // in addition to those of the network
  double floats = 0;               // that the backward pass keeps in addition to those of the network's blocks
  std::vector<std::string> lines;  // for people, such as where the cost differs from that of the whole clip
};

// Of the network over whole clips.
TaskCost cost_of_network(const ModelConfig& model);

// Floats per token that the backward pass of a block keeps, if attention runs over `tokens`.
double floats_kept(const ModelConfig& model, int64_t tokens);

// "12.3 GFLOP": three significant digits and the prefix that leaves at most three digits before the decimal point.
std::string with_prefix(double value, const char* unit);

}  // namespace trecvit::train
