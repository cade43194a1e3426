// Who computes: an execution of the network with an instruction set and a precision. All providers stand in one list,
// provider_list.cc. Where none is named, the widest one here is taken unless another is 15 % faster at a short product,
// measured once on this machine; the choice is kept in the user's cache folder, so that runs repeat.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "trecvit/engine/execution.h"

namespace trecvit {

struct Provider {
  std::string_view name;       // "avx2"
  std::string_view what;       // for people
  std::string_view precision;  // of products and sums: "f32"
  bool (*is_here)();           // whether this machine and this build have it
  // Packs the weights, which were checked against the config.
  Execution (*open)(const ModelConfig& config, const WeightSource& weights);
  // In GFLOP/s (kernel_rate.h); null for plain loops, which are not chosen by speed.
  double (*rate)();
  double (*peak_rate)(int threads);
};

// Every provider, slowest first.
std::span<const Provider> providers();

// Those that are here; the first is always the reference.
std::vector<Provider> available_providers();

// The last of `providers`, slowest first, unless another is 15 % faster by its rate; those without a rate are left out.
Provider measured_best(const std::vector<Provider>& providers);

// By name, or "auto". Throws Error(kUsage) for an unknown name, Error(kUnavailable) for one this machine or build
// lacks.
Provider choose_provider(const std::string& name);

}  // namespace trecvit
