// A provider is what computes: an implementation of the network with an instruction set, a precision and a device. All
// providers are in one list, provider_list.cc. If none is named, the widest one available is used unless another is
// 15 % faster at a short product, measured once on this machine; the choice is stored in the user's cache folder, so
// that runs are repeatable.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "trecvit/base/words.h"
#include "trecvit/engine/kernels.h"
#include "trecvit/engine/network.h"

namespace trecvit {

// The number type of products and sums. Includes those that trecvit knows but no provider has yet.
enum class Precision { kF32, kBf16, kF16, kInt8 };
constexpr auto enum_words(Precision) {
  return make_words<Precision>(
      {{"f32", Precision::kF32}, {"bf16", Precision::kBf16}, {"f16", Precision::kF16}, {"int8", Precision::kInt8}});
}

// Where a provider computes. Includes the devices that only the trainable model has.
enum class Device { kCpu, kCuda };
constexpr auto enum_words(Device) { return make_words<Device>({{"cpu", Device::kCpu}, {"cuda", Device::kCuda}}); }

struct Provider {
  std::string_view name = {};  // "avx2"
  std::string_view what = {};  // for people
  Precision precision = Precision::kF32;
  Device device = Device::kCpu;
  bool (*is_here)() = nullptr;  // whether this machine and this build have it
  // The kernels it is built on, for their tests and benchmarks; null for plain loops. Call only if is_here().
  const Kernels* (*kernels)() = nullptr;
  // Packs the weights, which must already be checked against the config.
  Network (*open)(const ModelConfig& config, const WeightSource& weights) = nullptr;
  // In GFLOP/s (kernel_rate.h); null for plain loops, which are not chosen by speed.
  double (*rate)() = nullptr;
  double (*peak_rate)(int threads) = nullptr;
};

// Which provider is wanted.
struct ProviderChoice {
  std::string name = "auto";                // or that of a provider
  std::optional<Precision> precision = {};  // absent: that of the named provider; f32 for "auto"
  std::optional<Device> device = {};        // absent: that of the named provider; cpu for "auto"
};

// Every provider, slowest first.
std::span<const Provider> providers();

// The words that options take: "auto" and the names of all providers, "auto" and their precisions, their devices.
std::vector<std::string> provider_words();
std::vector<std::string> precision_words();
std::vector<std::string> device_words();

// The providers available here; the first is always the reference.
std::vector<Provider> available_providers();

// Those of `rows` that "auto" chooses from, in their order: the ones with the precision and the device of the choice.
std::vector<Provider> candidates(std::span<const Provider> rows, const ProviderChoice& choice);

// The last of `rows` that has a rate, unless the rate of another one is 15 % higher; the first one if none has a rate.
// rows: one or more, slowest first.
Provider measured_best(std::span<const Provider> rows);

// The named provider, or the best one for "auto". Throws Error(kUsage) for an unknown name and for a named provider
// with another precision or device than the choice, Error(kUnavailable) if this machine or build lacks what is chosen.
Provider choose_provider(const ProviderChoice& choice);

}  // namespace trecvit
