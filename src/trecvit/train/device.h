// Where a run computes, and on how many threads.
#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <string>

namespace trecvit::train {

// The device of the text cpu, cuda or cuda:N. Loads LibTorch's part for GPUs where one is asked for. Throws
// Error(kUsage) for another text, Error(kUnavailable) where LibTorch has no such device.
at::Device open_device(const std::string& text);

// For the whole process: LibTorch computes on so many threads from now on, with denormal numbers taken for zero.
void set_compute_threads(int64_t threads);

}  // namespace trecvit::train
