#include "trecvit/weights/tensor_table.h"

#include <fmt/format.h>

#include <algorithm>

namespace trecvit {
namespace {

class Table {
 public:
  void add(std::string name, Shape shape) { specs_.push_back({std::move(name), std::move(shape)}); }
  // A kernel and the bias of its output axes, which are the axes after the first `inputs`.
  void add_dense(const std::string& scope, const Shape& kernel, size_t inputs = 1) {
    add(scope + ".kernel", kernel);
    add(scope + ".bias", Shape(kernel.begin() + static_cast<std::ptrdiff_t>(inputs), kernel.end()));
  }
  void add_layer_norm(const std::string& scope, int64_t width) {
    add(scope + ".scale", {width});
    add(scope + ".bias", {width});
  }
  std::vector<TensorSpec> take() { return std::move(specs_); }

 private:
  std::vector<TensorSpec> specs_;
};

void add_temporal_block(Table& table, const ModelConfig& c, int64_t block) {
  const int64_t d = c.width, r = c.lru_width, h = c.num_heads, g = c.gate_width();
  const std::string scope = temporal_scope(block);
  table.add(scope + "temporal_pre_norm.scale", {d});
  const std::string recurrent = scope + "recurrent_block.";
  table.add_dense(recurrent + "linear_y", {d, r});
  table.add_dense(recurrent + "linear_x", {d, r});
  table.add(recurrent + "conv_1d.w", {c.conv1d_width, r});
  table.add(recurrent + "conv_1d.b", {r});
  table.add(recurrent + "rg_lru.a_param", {r});
  for (const char* gate : {"input_gate", "a_gate"}) {
    table.add(recurrent + "rg_lru." + gate + ".w", {h, g, g});
    table.add(recurrent + "rg_lru." + gate + ".b", {h, g});
  }
  table.add_dense(recurrent + "linear_out", {r, d});
}

void add_spatial_block(Table& table, const ModelConfig& c, int64_t block) {
  const int64_t d = c.width, f = c.mlp_dim, h = c.num_heads, a = c.attention_width();
  const std::string scope = spatial_scope(block);
  table.add_layer_norm(scope + "LayerNorm_0", d);
  const std::string attention = scope + "MultiHeadDotProductAttention_0.";
  for (const char* projection : {"query", "key", "value"}) table.add_dense(attention + projection, {d, h, a});
  table.add_dense(attention + "out", {h, a, d}, 2);
  table.add_layer_norm(scope + "LayerNorm_1", d);
  table.add_dense(scope + "MlpBlock_0.Dense_0", {d, f});
  table.add_dense(scope + "MlpBlock_0.Dense_1", {f, d});
}

}  // namespace

std::vector<TensorSpec> tensor_table(const ModelConfig& c) {
  Table table;
  table.add_dense("tokenizer.embedding", {1, c.patch_size, c.patch_size, 3, c.width}, 4);
  if (c.position == Position::kLearned) table.add("tokenizer.pos_embedding", {1, c.patches(), c.width});
  if (c.has_cls()) table.add("tokenizer.cls", {1, 1, c.width});
  for (int64_t block = 0; block < c.depth; ++block) {
    add_temporal_block(table, c, block);
    add_spatial_block(table, c, block);
  }
  table.add_layer_norm("encoder.encoder_norm", c.width);
  if (!c.has_head()) return table.take();
  table.add_dense("decoder.pre_logits", {c.width, c.head_dim});
  table.add_dense("decoder.cls_head", {c.head_dim, c.num_classes});
  return table.take();
}

std::string temporal_scope(int64_t block) { return fmt::format("encoder.residualblock_{:02}.", block); }
std::string spatial_scope(int64_t block) { return fmt::format("encoder.encoderblock_{}.", block); }

std::string canonical_name(std::string published) {
  std::replace(published.begin(), published.end(), '/', '.');
  return published;
}
std::string published_name(std::string canonical) {
  std::replace(canonical.begin(), canonical.end(), '.', '/');
  return canonical;
}

}  // namespace trecvit
