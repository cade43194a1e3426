// The device of a run, and its number of threads.
#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <string>

namespace trecvit::train {

// The device named by `text`: cpu, cuda or cuda:N. Loads the GPU part of LibTorch if a GPU is requested. Throws
// Error(kUsage) for any other text, Error(kUnavailable) if LibTorch has no such device.
at::Device open_device(const std::string& text);

// Affects the whole process: from now on LibTorch computes on `threads` threads and treats denormal numbers as zero.
void set_compute_threads(int64_t threads);

}  // namespace trecvit::train
