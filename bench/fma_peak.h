// The rate at which this core multiplies and adds with nothing else to do: what kernels are measured against.
#pragma once

#include <string_view>

namespace trecvit::bench {

// GFLOP/s of one core with the vectors of a kernel table ("avx2" or "avx512"), the best of a few short runs; 0 for
// another.
double fma_peak_gflops(std::string_view table);

}  // namespace trecvit::bench
