// How fast the kernels of an instruction set are on this machine, in GFLOP/s.
#pragma once

#include "trecvit/engine/kernels.h"

namespace trecvit {

// Measured with a product like the model's; best of several tries, a few milliseconds in all.
double measure_gflops(const Kernels& kernels);

// The peak rate of `threads` threads together with these instructions: multiply-adds in registers, best of several
// tries of some milliseconds.
double measure_peak_gflops(const Kernels& kernels, int threads = 1);

}  // namespace trecvit
