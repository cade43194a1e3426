// A provider is what computes: an execution of the network with an instruction set and a precision. All providers are
// in one list, provider_list.cc. If none is named, the widest one available is used unless another is 15 % faster at a
// short product, measured once on this machine; the choice is stored in the user's cache folder, so that runs are
// repeatable.
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
  // Packs the weights, which must already be checked against the config.
  Execution (*open)(const ModelConfig& config, const WeightSource& weights);
  // In GFLOP/s (kernel_rate.h); null for plain loops, which are not chosen by speed.
  double (*rate)();
  double (*peak_rate)(int threads);
};

// Every provider, slowest first.
std::span<const Provider> providers();

// The providers available here; the first is always the reference.
std::vector<Provider> available_providers();

// The last of `providers`, which are slowest first, unless another one's rate is 15 % higher; providers without a rate
// are skipped.
Provider measured_best(const std::vector<Provider>& providers);

// The provider with this name, or the best one for "auto". Throws Error(kUsage) for an unknown name,
// Error(kUnavailable) for one this machine or build lacks.
Provider choose_provider(const std::string& name);

}  // namespace trecvit
