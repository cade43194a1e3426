// How fast the kernels of an instruction set are on this machine, in GFLOP/s.
#pragma once

#include "trecvit/engine/kernels.h"

namespace trecvit {

// Of a product of the model's kind, best of a few milliseconds.
double measure_gflops(const Kernels& kernels);

// The most this many threads together can do with these instructions: multiply-adds in registers, best of some
// milliseconds.
double measure_peak_gflops(const Kernels& kernels, int threads = 1);

}  // namespace trecvit
