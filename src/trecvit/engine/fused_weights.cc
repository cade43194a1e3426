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

  FusedNorm layer_norm(const LayerNames& names, int64_t width) {
    return {vector(names.weight, width), vector(names.bias, width)};
  }

  // Layers that share an input, side by side: [inputs -> sum of outputs], each of as many outputs.
  PackedDense dense(int64_t inputs, const std::vector<LayerNames>& layers, int64_t each) {
    const int64_t outputs = each * std::ssize(layers);
    auto [packed, panels, bias] = take_dense(inputs, outputs);
    if (counting()) return packed;
    int64_t offset = 0;
    for (const auto& names : layers) {
      const HostTensor kernel = source_.read(names.weight);
      pack_columns(kernel.as<float>().data(), inputs, each, offset, panel_columns_, panels);
      const HostTensor values = source_.read(names.bias);
      std::copy_n(values.as<float>().data(), each, bias + offset);
      offset += each;
    }
    return packed;
  }

  // The gates of RG-LRU, one layer a head: [R/H -> 2 R/H], input gate and then a gate.
  std::vector<PackedDense> gates(int64_t block, int64_t heads, int64_t width) {
    std::vector<PackedDense> packed;
    std::vector<Target> targets;
    for (int64_t head = 0; head < heads; ++head) {
      targets.push_back(take_dense(width, 2 * width));
      packed.push_back(targets.back().packed);
    }
    if (counting()) return packed;
    int64_t offset = 0;
    for (const Layer gate : {Layer::kInputGate, Layer::kDecayGate}) {
      const LayerNames names = names_of(gate, block);
      const HostTensor w = source_.read(names.weight), b = source_.read(names.bias);
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
  const int64_t d = c.width, r = c.lru_width;
  const auto names = [block](Layer layer) { return names_of(layer, block); };
  out.temporal_norm.scale = pack.vector(names(Layer::kTemporalNorm).weight, d, [](float v) { return 1 + v; });
  out.xy = pack.dense(d, {names(Layer::kLinearX), names(Layer::kLinearY)}, r);
  out.conv_w = pack.vector(names(Layer::kConv).weight, c.conv1d_width * r);
  out.conv_b = pack.vector(names(Layer::kConv).bias, r);
  out.decay = pack.vector(names(Layer::kDecay).weight, r, reference::decay_of<float>);
  out.gates = pack.gates(block, c.num_heads, c.gate_width());
  out.temporal_out = pack.dense(r, {names(Layer::kLinearOut)}, d);

  out.norm0 = pack.layer_norm(names(Layer::kNorm0), d);
  out.qkv = pack.dense(d, {names(Layer::kQuery), names(Layer::kKey), names(Layer::kValue)}, d);
  out.attention_out = pack.dense(d, {names(Layer::kAttentionOut)}, d);
  out.norm1 = pack.layer_norm(names(Layer::kNorm1), d);
  out.mlp0 = pack.dense(d, {names(Layer::kMlp0)}, c.mlp_dim);
  out.mlp1 = pack.dense(c.mlp_dim, {names(Layer::kMlp1)}, d);
  return out;
}

void pack_all(Packer& pack, const ModelConfig& c, const WeightSource& source, FusedWeights& out) {
  out.embedding = pack.dense(c.patch_values(), {names_of(Layer::kEmbedding)}, c.width);
  const int64_t cls_floats = c.has_cls() ? c.width : 0;
  float* positions = pack.take(c.tokens() * c.width);
  out.positions = positions;
  if (!pack.counting()) {
    if (c.has_cls()) {
      const HostTensor cls = source.read(names_of(Layer::kClassToken).weight);
      std::copy_n(cls.as<float>().data(), c.width, positions);
    }
    const auto table = position_table(c, source);
    std::copy(table.begin(), table.end(), positions + cls_floats);
  }
  out.blocks.clear();
  for (int64_t block = 0; block < c.depth; ++block) out.blocks.push_back(pack_block(pack, c, block));
  out.encoder_norm = pack.layer_norm(names_of(Layer::kEncoderNorm), c.width);
  if (!c.has_head()) return;
  out.pre_logits = pack.dense(c.width, {names_of(Layer::kPreLogits)}, c.head_dim);
  out.classes = pack.dense(c.head_dim, {names_of(Layer::kClasses)}, c.num_classes);
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
