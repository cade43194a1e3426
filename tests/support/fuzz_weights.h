// Fuzz entries for the layer above the containers: names and shapes as a model or an image ViT, and names of generated
// models.
#pragma once

#include <string>
#include <utility>

#include "support/fuzz_entries.h"
#include "trecvit/weights/generated_name.h"
#include "trecvit/weights/image_vit.h"
#include "trecvit/weights/model_files.h"
#include "trecvit/weights/name_prefix.h"

namespace trecvit::test {

// The model for which image ViTs are opened.
inline ModelConfig fuzz_target() {
  ModelConfig config;
  config.width = 8;
  config.depth = 1;
  config.mlp_dim = 8;
  config.num_heads = 2;
  config.lru_width = 8;
  config.conv1d_width = 2;
  config.patch_size = 2;
  config.image_height = config.image_width = 4;
  config.num_classes = 2;
  config.head_dim = 4;
  return config;
}

inline void read_all_tensors(const WeightSource& weights) {
  for (const auto& [name, info] : weights.tensors()) {
    const auto bytes = byte_count(info.shape, DType::kF32);
    if (!bytes || *bytes > kMaxFuzzArrayBytes) fail_input("fuzz", "expected a small tensor, got {}", name);
    TRECVIT_CHECK(weights.read(name).shape() == info.shape);
  }
}

// A model by its names and shapes, as open_model reads it.
inline bool fuzz_checkpoint(std::span<const std::byte> bytes) {
  return accepted(bytes, [](auto all) {
    const Unprefixed file = without_prefix(open_weights(open_memory(all, "fuzz")));
    const ModelConfig config = infer_config(*file.weights, {}, InputSize{4, 4});
    check_tensors(config, *file.weights);
    read_all_tensors(*file.weights);
    TRECVIT_CHECK(describe_ignored(file.outside).size() < 100'000);
  });
}

inline bool fuzz_image_vit(std::span<const std::byte> bytes) {
  return accepted(bytes, [](auto all) {
    auto file = open_weights(open_memory(all, "fuzz"));
    if (!is_image_vit(*file)) fail_input("fuzz", "expected an image ViT, got another file");
    const ImageVit vit = open_image_vit(std::move(file), fuzz_target(), {});
    read_all_tensors(*vit.weights);
    TRECVIT_CHECK(!vit.kind.empty());
  });
}

inline bool fuzz_generated_name(std::span<const std::byte> bytes) {
  return accepted(bytes, [](auto all) {
    const std::string_view text(reinterpret_cast<const char*>(all.data()), all.size());
    const GeneratedName name = parse_generated_name(text, 7, "--model");
    validate(name.config, "--model");
    TRECVIT_CHECK(name.config.has_head() == (name.config.head_dim > 0));
  });
}

}  // namespace trecvit::test
