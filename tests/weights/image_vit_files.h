// Small image ViTs with generated values in the layouts in which such networks are published.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "trecvit/base/random.h"
#include "trecvit/config/model_config.h"
#include "trecvit/io/npz.h"
#include "trecvit/io/safetensors.h"

namespace trecvit::test {

// A few float32 roundings of numbers around 1.
inline constexpr double kFloatRounding = 1e-6;

using Arrays = std::map<std::string, HostTensor>;

struct VitSize {
  int64_t width = 8, depth = 2, mlp_dim = 12, heads = 2, patch = 4, grid = 3;
  int64_t patches() const { return grid * grid; }
};

inline HostTensor random_tensor(const std::string& key, const Shape& shape, double scale = 0.5) {
  HostTensor tensor(shape, DType::kF32);
  const RandomStream random(7, key);
  const auto values = tensor.as<float>();
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(scale * random.symmetric(i));
  return tensor;
}

inline void add_random(Arrays& arrays, const std::string& name, const Shape& shape) {
  arrays[name] = random_tensor(name, shape);
}

// A model of that size, at the picture size of the image network.
inline ModelConfig model_of(const VitSize& s) {
  ModelConfig config;
  config.width = s.width;
  config.depth = s.depth;
  config.mlp_dim = s.mlp_dim;
  config.num_heads = s.heads;
  config.lru_width = 2 * s.width;
  config.patch_size = s.patch;
  config.image_height = config.image_width = s.grid * s.patch;
  config.num_classes = 3;
  config.head_dim = 6;
  return config;
}

// The names of the parts of a block.
struct FlaxNames {
  std::string prefix, attention, second_norm, mlp;
};
inline FlaxNames published_names() { return {"", "MultiHeadDotProductAttention_1", "LayerNorm_2", "MlpBlock_3"}; }
inline FlaxNames big_vision_names() {
  return {"params/", "MultiHeadDotProductAttention_0", "LayerNorm_1", "MlpBlock_0"};
}

inline void add_flax_block(Arrays& arrays, const VitSize& s, const FlaxNames& names, int64_t block) {
  const std::string scope = names.prefix + "Transformer/encoderblock_" + std::to_string(block) + "/";
  const int64_t d = s.width, h = s.heads;
  for (const std::string& norm : {std::string("LayerNorm_0"), names.second_norm}) {
    add_random(arrays, scope + norm + "/scale", {d});
    add_random(arrays, scope + norm + "/bias", {d});
  }
  for (const char* projection : {"/query", "/key", "/value"}) {
    add_random(arrays, scope + names.attention + projection + "/kernel", {d, h, d / h});
    add_random(arrays, scope + names.attention + projection + "/bias", {h, d / h});
  }
  add_random(arrays, scope + names.attention + "/out/kernel", {h, d / h, d});
  add_random(arrays, scope + names.attention + "/out/bias", {d});
  add_random(arrays, scope + names.mlp + "/Dense_0/kernel", {d, s.mlp_dim});
  add_random(arrays, scope + names.mlp + "/Dense_0/bias", {s.mlp_dim});
  add_random(arrays, scope + names.mlp + "/Dense_1/kernel", {s.mlp_dim, d});
  add_random(arrays, scope + names.mlp + "/Dense_1/bias", {d});
}

inline Arrays flax_vit(const VitSize& s, const FlaxNames& names) {
  Arrays arrays;
  const int64_t d = s.width;
  add_random(arrays, names.prefix + "embedding/kernel", {s.patch, s.patch, 3, d});
  add_random(arrays, names.prefix + "embedding/bias", {d});
  add_random(arrays, names.prefix + "cls", {1, 1, d});
  for (int64_t block = 0; block < s.depth; ++block) add_flax_block(arrays, s, names, block);
  add_random(arrays, names.prefix + "Transformer/encoder_norm/scale", {d});
  add_random(arrays, names.prefix + "Transformer/encoder_norm/bias", {d});
  add_random(arrays, names.prefix + "head/kernel", {d, 21});
  add_random(arrays, names.prefix + "head/bias", {21});
  return arrays;
}

// The published ImageNet-21k networks: vision_transformer's .npz.
inline Arrays published_vit(const VitSize& s) {
  Arrays arrays = flax_vit(s, published_names());
  add_random(arrays, "Transformer/posembed_input/pos_embedding", {1, 1 + s.patches(), s.width});
  add_random(arrays, "pre_logits/kernel", {s.width, s.width});
  add_random(arrays, "pre_logits/bias", {s.width});
  return arrays;
}

// A training state of big_vision, where the class token has no position.
inline Arrays big_vision_vit(const VitSize& s) {
  Arrays arrays = flax_vit(s, big_vision_names());
  add_random(arrays, "params/pos_embedding", {1, s.patches(), s.width});
  add_random(arrays, "opt/0/count", {1});
  return arrays;
}

inline Arrays timm_vit(const VitSize& s) {
  Arrays arrays;
  const int64_t d = s.width, f = s.mlp_dim;
  add_random(arrays, "patch_embed.proj.weight", {d, 3, s.patch, s.patch});
  add_random(arrays, "patch_embed.proj.bias", {d});
  add_random(arrays, "cls_token", {1, 1, d});
  add_random(arrays, "pos_embed", {1, 1 + s.patches(), d});
  const auto linear = [&](const std::string& scope, int64_t outputs, int64_t inputs) {
    add_random(arrays, scope + ".weight", {outputs, inputs});
    add_random(arrays, scope + ".bias", {outputs});
  };
  const auto norm = [&](const std::string& scope) {
    add_random(arrays, scope + ".weight", {d});
    add_random(arrays, scope + ".bias", {d});
  };
  for (int64_t block = 0; block < s.depth; ++block) {
    const std::string scope = "blocks." + std::to_string(block) + ".";
    norm(scope + "norm1");
    linear(scope + "attn.qkv", 3 * d, d);
    linear(scope + "attn.proj", d, d);
    norm(scope + "norm2");
    linear(scope + "mlp.fc1", f, d);
    linear(scope + "mlp.fc2", d, f);
  }
  norm("norm");
  linear("head", 21, d);
  return arrays;
}

inline void write_npz(const std::string& path, const Arrays& arrays) {
  NpzWriter writer(path, Overwrite::kYes);
  for (const auto& [name, array] : arrays) writer.add(name, array.view());
  writer.finish();
}

inline void write_safetensors(const std::string& path, const Arrays& arrays) {
  std::vector<SafetensorsWriter::Declared> declared;
  for (const auto& [name, array] : arrays) declared.push_back({name, array.shape(), array.dtype()});
  SafetensorsWriter writer(path, Overwrite::kYes, declared, {{"format", "pt"}});
  for (const auto& [name, array] : arrays) writer.add(name, array.view());
  writer.finish();
}

}  // namespace trecvit::test
