#include "trecvit/engine/fused_weights.h"

#include <algorithm>

#include "trecvit/base/error.h"
#include "trecvit/engine/execution.h"
#include "trecvit/engine/reference_ops.h"
#include "trecvit/weights/tensor_table.h"

namespace trecvit {
namespace {

constexpr int64_t kAlignFloats = 16;  // 64 bytes

// Hands out pieces of one block of memory. A first pass with no memory counts, a second one fills; both run the same
// code.
class Packer {
 public:
  Packer(const WeightSource& source, int64_t panel_columns, float* memory)
      : source_(source), panel_columns_(panel_columns), memory_(memory) {}

  int64_t used() const { return used_; }
  bool counting() const { return memory_ == nullptr; }

  // A vector of `count` floats computed from a tensor's values.
  template <class Function>
  const float* vector(const std::string& name, int64_t count, Function function) {
    float* out = take(count);
    if (counting()) return nullptr;
    const HostTensor tensor = source_.read(name);
    const auto values = tensor.as<float>();
    TRECVIT_CHECK(static_cast<int64_t>(values.size()) == count);
    std::transform(values.begin(), values.end(), out, function);
    return out;
  }
  const float* vector(const std::string& name, int64_t count) {
    return vector(name, count, [](float value) { return value; });
  }

  FusedNorm layer_norm(const std::string& scope, int64_t width) {
    return {vector(scope + ".scale", width), vector(scope + ".bias", width)};
  }

  // Layers that share an input, side by side: [inputs -> sum of outputs].
  struct Part {
    std::string kernel, bias;
    int64_t outputs;
  };
  PackedDense dense(int64_t inputs, const std::vector<Part>& parts) {
    int64_t outputs = 0;
    for (const auto& part : parts) outputs += part.outputs;
    auto [packed, panels, bias] = take_dense(inputs, outputs);
    if (counting()) return packed;
    int64_t offset = 0;
    for (const auto& part : parts) {
      const HostTensor kernel = source_.read(part.kernel);
      pack_columns(kernel.as<float>().data(), inputs, part.outputs, offset, panel_columns_, panels);
      const HostTensor values = source_.read(part.bias);
      std::copy_n(values.as<float>().data(), part.outputs, bias + offset);
      offset += part.outputs;
    }
    return packed;
  }
  PackedDense dense(int64_t inputs, const std::string& scope, int64_t outputs) {
    return dense(inputs, {{scope + ".kernel", scope + ".bias", outputs}});
  }

  // The gates of RG-LRU, one layer a head: [R/H -> 2 R/H], input gate and then a gate.
  std::vector<PackedDense> gates(const std::string& scope, int64_t heads, int64_t width) {
    std::vector<PackedDense> packed;
    std::vector<Target> targets;
    for (int64_t head = 0; head < heads; ++head) {
      targets.push_back(take_dense(width, 2 * width));
      packed.push_back(targets.back().packed);
    }
    if (counting()) return packed;
    int64_t offset = 0;
    for (const char* gate : {"input_gate", "a_gate"}) {
      const HostTensor w = source_.read(scope + gate + ".w"), b = source_.read(scope + gate + ".b");
      for (int64_t head = 0; head < heads; ++head) {
        const Target& target = targets[static_cast<size_t>(head)];
        pack_columns(w.as<float>().data() + head * width * width, width, width, offset, panel_columns_, target.panels);
        std::copy_n(b.as<float>().data() + head * width, width, target.bias + offset);
      }
      offset += width;
    }
    return packed;
  }

  float* take(int64_t count) {
    float* out = counting() ? nullptr : memory_ + used_;
    used_ += (count + kAlignFloats - 1) / kAlignFloats * kAlignFloats;
    return out;
  }

 private:
  // Memory of a layer, to be filled.
  struct Target {
    PackedDense packed;
    float* panels;
    float* bias;
  };
  Target take_dense(int64_t inputs, int64_t outputs) {
    const int64_t padded = panel_count(outputs, panel_columns_) * panel_columns_;
    float* panels = take(padded * inputs);
    float* bias = take(padded);
    return {{inputs, outputs, panels, bias}, panels, bias};
  }

  const WeightSource& source_;
  int64_t panel_columns_;
  float* memory_;
  int64_t used_ = 0;
};

FusedBlock pack_block(Packer& pack, const ModelConfig& c, int64_t block) {
  FusedBlock out;
  const int64_t d = c.width, r = c.lru_width, g = c.gate_width();
  const std::string temporal = temporal_scope(block), recurrent = temporal + "recurrent_block.";
  out.temporal_norm.scale = pack.vector(temporal + "temporal_pre_norm.scale", d, [](float v) { return 1 + v; });
  out.xy = pack.dense(d, {{recurrent + "linear_x.kernel", recurrent + "linear_x.bias", r},
                          {recurrent + "linear_y.kernel", recurrent + "linear_y.bias", r}});
  out.conv_w = pack.vector(recurrent + "conv_1d.w", c.conv1d_width * r);
  out.conv_b = pack.vector(recurrent + "conv_1d.b", r);
  out.decay = pack.vector(recurrent + "rg_lru.a_param", r, reference::decay_of<float>);
  out.gates = pack.gates(recurrent + "rg_lru.", c.num_heads, g);
  out.temporal_out = pack.dense(r, recurrent + "linear_out", d);

  const std::string spatial = spatial_scope(block), attention = spatial + "MultiHeadDotProductAttention_0.";
  out.norm0 = pack.layer_norm(spatial + "LayerNorm_0", d);
  out.qkv = pack.dense(d, {{attention + "query.kernel", attention + "query.bias", d},
                           {attention + "key.kernel", attention + "key.bias", d},
                           {attention + "value.kernel", attention + "value.bias", d}});
  out.attention_out = pack.dense(d, attention + "out", d);
  out.norm1 = pack.layer_norm(spatial + "LayerNorm_1", d);
  out.mlp0 = pack.dense(d, spatial + "MlpBlock_0.Dense_0", c.mlp_dim);
  out.mlp1 = pack.dense(c.mlp_dim, spatial + "MlpBlock_0.Dense_1", d);
  return out;
}

void pack_all(Packer& pack, const ModelConfig& c, const WeightSource& source, FusedWeights& out) {
  out.embedding = pack.dense(c.patch_values(), "tokenizer.embedding", c.width);
  const int64_t cls_floats = c.has_cls() ? c.width : 0;
  float* positions = pack.take(c.tokens() * c.width);
  out.positions = positions;
  if (!pack.counting()) {
    if (c.has_cls()) {
      const HostTensor cls = source.read("tokenizer.cls");
      std::copy_n(cls.as<float>().data(), c.width, positions);
    }
    const auto table = position_table(c, source);
    std::copy(table.begin(), table.end(), positions + cls_floats);
  }
  out.blocks.clear();
  for (int64_t block = 0; block < c.depth; ++block) out.blocks.push_back(pack_block(pack, c, block));
  out.encoder_norm = pack.layer_norm("encoder.encoder_norm", c.width);
  if (!c.has_head()) return;
  out.pre_logits = pack.dense(c.width, "decoder.pre_logits", c.head_dim);
  out.classes = pack.dense(c.head_dim, "decoder.cls_head", c.num_classes);
}

}  // namespace

FusedWeights::FusedWeights(const ModelConfig& config, const WeightSource& source, int64_t panel_columns) {
  Packer counter(source, panel_columns, nullptr);
  pack_all(counter, config, source, *this);
  memory = Array<float>(static_cast<size_t>(counter.used()));
  Packer packer(source, panel_columns, memory.data());
  pack_all(packer, config, source, *this);
}

}  // namespace trecvit
