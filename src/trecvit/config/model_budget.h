// Limits on what a model may demand of a machine. A file of a few kilobytes can describe a network that no machine
// could run for a single frame; the sizes alone show this, before anything is allocated.
#pragma once

#include <string>

#include "trecvit/config/model_config.h"

namespace trecvit {

// The defaults are several times what the largest published model needs at twice its usual side: 785 tokens, 820 GFLOP
// and 5 GB.
struct ModelBudget {
  int64_t tokens = 16384;           // per frame
  double gflops_per_frame = 10000;  // 1e9 operations; a multiplication and an addition count as two
  double memory_gb = 16;            // 1e9 bytes: weights, one state without its readout, and one engine on one thread
};

// An estimate, in bytes, of the memory that ModelBudget::memory_gb limits.
double memory_of(const ModelConfig& config);

// Throws Error(kInput) naming `where`, what the model needs and the options that raise the limits.
void check_budget(const ModelConfig& config, const ModelBudget& budget, const std::string& where);

}  // namespace trecvit
