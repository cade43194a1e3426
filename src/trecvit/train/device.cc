#include "trecvit/train/device.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <dlfcn.h>

#include <optional>
#include <string_view>

#include "trecvit/base/error.h"
#include "trecvit/base/parse_number.h"

namespace trecvit::train {
namespace {

// LibTorch finds GPUs only once its GPU library is loaded, and nothing here refers to a symbol of that library, so the
// linker does not load it. Must run before the first query, because LibTorch keeps the first answer.
void load_cuda() {
  static const void* const part = dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL);
  static_cast<void>(part);
}

// The number of the GPU in cuda or cuda:N.
std::optional<int64_t> gpu_number(std::string_view text) {
  constexpr std::string_view kCuda = "cuda";
  constexpr int64_t kMost = 999;
  if (!text.starts_with(kCuda)) return std::nullopt;
  text.remove_prefix(kCuda.size());
  if (text.empty()) return 0;
  if (!text.starts_with(':') || text.find('-') != std::string_view::npos) return std::nullopt;
  const auto number = parse_number<int64_t>(text.substr(1));
  return number && *number <= kMost ? number : std::nullopt;
}

}  // namespace

at::Device open_device(const std::string& text) {
  if (text == "cpu") return at::kCPU;
  const auto number = gpu_number(text);
  if (!number) fail_usage("device", "expected cpu, cuda or cuda:N, got '{}'", printable(text));
  load_cuda();
  const auto there = static_cast<int64_t>(at::hasCUDA() ? at::getNumGPUs() : 0);
  if (*number >= there)
    fail(ErrorKind::kUnavailable, "device", "expected LibTorch with CUDA and a GPU for {}, got {} GPUs", text, there);
  return {at::kCUDA, static_cast<at::DeviceIndex>(*number)};
}

void set_compute_threads(int64_t threads) {
  at::set_num_threads(static_cast<int>(threads));
  // Decaying states and moments become denormal numbers, which are tens of times slower.
  at::parallel_for(0, threads, 1, [](int64_t, int64_t) { at::globalContext().setFlushDenormal(true); });
}

}  // namespace trecvit::train
