// Which instruction set computes. The widest usable one wins unless another is 15 % faster at a short product measured
// once on this machine; the choice is kept in the user's cache folder, so that runs repeat.
#pragma once

#include <string>
#include <vector>

#include "trecvit/engine/kernels.h"

namespace trecvit {

struct Provider {
  std::string name;                  // "reference", "avx2", "avx512"
  const Kernels* kernels = nullptr;  // null for the reference
};

// Usable here, slowest first; the first is always the reference.
std::vector<Provider> available_providers();

// The widest of `providers`, slowest first, unless another is 15 % faster by `measure`; the reference is not measured.
Provider measured_best(const std::vector<Provider>& providers, double (*measure)(const Kernels& kernels));

// By name, or "auto". Throws Error(kUsage) for an unknown name, Error(kUnavailable) for one this machine or build
// lacks.
Provider choose_provider(const std::string& name);

// Rate of a product of the model's kind in GFLOP/s, best of a few milliseconds.
double measure_gflops(const Kernels& kernels);

// The most this many threads together can do with these instructions, in GFLOP/s: multiply-adds in registers, best of
// some milliseconds.
double measure_peak_gflops(const Kernels& kernels, int threads = 1);

}  // namespace trecvit
