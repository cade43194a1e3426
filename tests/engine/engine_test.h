// Shared by the tests of the engine: small models, frames, and the providers of this machine.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "trecvit/base/random.h"
#include "trecvit/engine/frame_checks.h"
#include "trecvit/engine/kernels.h"
#include "trecvit/engine/model.h"
#include "trecvit/engine/provider.h"

namespace trecvit::test {

// All sizes differ from each other and from multiples of the vector length, so that mix-ups show: 6 patches and a class
// token, D = 24, R = 36, H = 3, K = 4.
inline ModelConfig small_config() {
  ModelConfig c;
  c.width = 24;
  c.depth = 2;
  c.mlp_dim = 40;
  c.num_heads = 3;
  c.lru_width = 36;
  c.patch_size = 4;
  c.image_height = 8;
  c.image_width = 12;
  c.num_classes = 11;
  c.head_dim = 52;
  return c;
}

// How far results of two providers may be apart, relative to the largest magnitude.
inline constexpr double kBetweenProviders = 1e-5;

inline std::shared_ptr<const Model> make_model(const ModelConfig& config, const std::string& provider,
                                               uint64_t seed = 1) {
  return Model::make(config, *generated_weights(config, seed), {provider});
}

// [frames, H, W, 3] noise in [0, 1).
inline std::vector<float> noise_frames(const ModelConfig& config, int64_t frames, uint64_t seed = 7) {
  const RandomStream random(seed, "noise_frames");
  std::vector<float> pixels(static_cast<size_t>(frames) * frame_floats(config));
  for (size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<float>(random.byte(i)) / 255.0f;
  return pixels;
}

inline std::vector<std::string> provider_names() {
  std::vector<std::string> names;
  for (const auto& provider : available_providers()) names.emplace_back(provider.name);
  return names;
}
// The providers built on kernels.
inline std::vector<Provider> fused_providers() {
  auto fused = available_providers();
  std::erase_if(fused, [](const Provider& provider) { return provider.kernels == nullptr; });
  return fused;
}
inline std::vector<std::string> fused_provider_names() {
  std::vector<std::string> names;
  for (const auto& provider : fused_providers()) names.emplace_back(provider.name);
  return names;
}
// The kernels of a provider; null for the reference.
inline const Kernels* kernels_of(std::string_view name) {
  for (const auto& provider : fused_providers()) {
    if (provider.name == name) return provider.kernels();
  }
  return nullptr;
}

}  // namespace trecvit::test
