#include "trecvit/engine/fused_weights.h"

#include <algorithm>

#include "trecvit/base/error.h"
#include "trecvit/engine/reference_ops.h"
#include "trecvit/engine/tokenizer.h"
#include "trecvit/weights/tensor_table.h"

namespace trecvit {
namespace {

constexpr size_t kAlignment = 64;

// Hands out pieces of one block of memory. A first pass without memory counts the bytes, a second one fills them; both
// run the same code.
class Packer {
 public:
  Packer(const WeightSource& source, const Kernels& kernels, std::byte* memory)
      : source_(source), kernels_(kernels), memory_(memory) {}

  size_t used() const { return used_; }
  bool counting() const { return memory_ == nullptr; }

  // A vector of `count` floats computed from a tensor's values.
  template <class Function>
  const float* vector(const std::string& name, int64_t count, Function function) {
    float* out = take_floats(count);
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

  // Layers that share an input, side by side: [inputs -> sum of outputs], `each` outputs per layer.
  PackedDense dense(int64_t inputs, const std::vector<LayerNames>& layers, int64_t each) {
    const Target target = take_dense(inputs, each * std::ssize(layers));
    if (counting()) return target.packed;
    int64_t first = 0;
    for (const auto& names : layers) {
      const HostTensor kernel = source_.read(names.weight), bias = source_.read(names.bias);
      pack(target, kernel.as<float>().data(), bias.as<float>().data(), each, first);
      first += each;
    }
    return target.packed;
  }

  // The gates of RG-LRU, one layer per head: [R/H -> 2 R/H], input gate, then decay gate.
  std::vector<PackedDense> gates(int64_t block, int64_t heads, int64_t width) {
    std::vector<PackedDense> packed;
    std::vector<Target> targets;
    for (int64_t head = 0; head < heads; ++head) {
      targets.push_back(take_dense(width, 2 * width));
      packed.push_back(targets.back().packed);
    }
    if (counting()) return packed;
    int64_t first = 0;
    for (const Layer gate : {Layer::kInputGate, Layer::kDecayGate}) {
      const LayerNames names = names_of(gate, block);
      const HostTensor w = source_.read(names.weight), b = source_.read(names.bias);
      for (int64_t head = 0; head < heads; ++head) {
        pack(targets[static_cast<size_t>(head)], w.as<float>().data() + head * width * width,
             b.as<float>().data() + head * width, width, first);
      }
      first += width;
    }
    return packed;
  }

  float* take_floats(int64_t count) {
    return reinterpret_cast<float*>(take(static_cast<size_t>(count) * sizeof(float)));
  }

 private:
  // Memory of a layer, to be filled.
  struct Target {
    PackedDense packed;
    std::byte* data;
  };
  std::byte* take(size_t bytes) {
    std::byte* out = counting() ? nullptr : memory_ + used_;
    used_ += (bytes + kAlignment - 1) / kAlignment * kAlignment;
    return out;
  }
  Target take_dense(int64_t inputs, int64_t outputs) {
    std::byte* data = take(kernels_.packed_bytes(inputs, outputs));
    return {{inputs, outputs, data}, data};
  }
  void pack(const Target& target, const float* w, const float* bias, int64_t columns, int64_t first) const {
    kernels_.pack({w, bias, target.packed.inputs, columns, target.packed.outputs, first, target.data});
  }

  const WeightSource& source_;
  const Kernels& kernels_;
  std::byte* memory_;
  size_t used_ = 0;
};

// Calls pack(packer) twice: to count, and to fill `memory`.
template <class Pack>
void fill(Buffer& memory, const WeightSource& source, const Kernels& kernels, Pack pack) {
  Packer counter(source, kernels, nullptr);
  pack(counter);
  memory = Buffer(counter.used());
  Packer packer(source, kernels, memory.data());
  pack(packer);
}

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

// The class token, which has no position, comes first.
const float* pack_positions(Packer& pack, const ModelConfig& c, const WeightSource& source) {
  float* positions = pack.take_floats(c.tokens() * c.width);
  if (pack.counting()) return nullptr;
  float* to = positions;
  if (c.has_cls()) {
    const HostTensor cls = source.read(names_of(Layer::kClassToken).weight);
    to = std::copy_n(cls.as<float>().data(), c.width, to);
  }
  const auto table = position_table(c, source);
  std::copy(table.begin(), table.end(), to);
  return positions;
}

}  // namespace

FusedEmbedding pack_embedding(const ModelConfig& c, const WeightSource& source, const Kernels& kernels) {
  FusedEmbedding out;
  fill(out.memory, source, kernels, [&](Packer& pack) {
    out.dense = pack.dense(c.patch_values(), {names_of(Layer::kEmbedding)}, c.width);
    out.positions = pack_positions(pack, c, source);
  });
  return out;
}

FusedEncoderWeights pack_encoder(const ModelConfig& c, const WeightSource& source, const Kernels& kernels) {
  FusedEncoderWeights out;
  fill(out.memory, source, kernels, [&](Packer& pack) {
    out.blocks.clear();
    for (int64_t block = 0; block < c.depth; ++block) out.blocks.push_back(pack_block(pack, c, block));
    out.norm = pack.layer_norm(names_of(Layer::kEncoderNorm), c.width);
  });
  return out;
}

FusedClassHeadWeights pack_class_head(const ModelConfig& c, const WeightSource& source, const Kernels& kernels) {
  FusedClassHeadWeights out;
  fill(out.memory, source, kernels, [&](Packer& pack) {
    out.pre_logits = pack.dense(c.width, {names_of(Layer::kPreLogits)}, c.head_dim);
    out.classes = pack.dense(c.head_dim, {names_of(Layer::kClasses)}, c.num_classes);
  });
  return out;
}

}  // namespace trecvit
