// The providers, one row each, slowest first; declared in provider.h.
#include "trecvit/base/cpu_features.h"
#include "trecvit/engine/kernel_rate.h"
#include "trecvit/engine/provider.h"

namespace trecvit {
namespace {

// The network on the fused kernels of one instruction set.
template <const Kernels* (*kKernels)(), bool CpuFeatures::* kFeature>
constexpr Provider fused(std::string_view name, std::string_view what) {
  return {name,
          what,
          Precision::kF32,
          Device::kCpu,
          [] { return cpu_features().*kFeature && kKernels() != nullptr; },
          kKernels,
          [](const ModelConfig& config, const WeightSource& weights) {
            return make_fused_network(config, weights, *kKernels());
          },
          [] { return measure_gflops(*kKernels()); },
          [](int threads) { return measure_peak_gflops(*kKernels(), threads); }};
}

constexpr Provider kProviders[] = {
    {"reference", "plain loops, every intermediate: the specification", Precision::kF32, Device::kCpu,
     [] { return true; }, nullptr, make_reference_network, nullptr, nullptr},
    fused<avx2_kernels, &CpuFeatures::avx2_fma>("avx2", "fused kernels for AVX2 with FMA"),
    fused<avx512_kernels, &CpuFeatures::avx512>("avx512", "fused kernels for AVX-512 (F, BW, DQ, VL)"),
};

}  // namespace

std::span<const Provider> providers() { return kProviders; }

}  // namespace trecvit
