#include "trecvit/model/blocks.h"

#include <ATen/ATen.h>

#include "trecvit/model/fused_recurrence.h"
#include "trecvit/weights/tensor_table.h"

namespace trecvit::model {
namespace {

void put(const BlockTap& tap, std::string_view name, const Tensor& value) {
  if (tap) tap(name, value);
}

std::string last_component(const std::string& name) { return name.substr(name.rfind('.') + 1); }

}  // namespace

RecurrentBlock::RecurrentBlock(const ModelConfig& c) : scale_(c.input_scale) {
  const int64_t d = c.width, r = c.lru_width, h = c.num_heads, g = c.gate_width();
  const auto dense = [this](Layer layer, int64_t inputs, int64_t outputs) {
    return register_module(path_of(layer).at(1), std::make_shared<Dense>(at::IntArrayRef{inputs, outputs}));
  };
  const auto holder = [](torch::nn::Module& in, const std::string& name) {  // for tensors that belong to no layer
    return in.register_module(name, std::make_shared<torch::nn::Module>());
  };
  const auto register_pair = [](torch::nn::Module& in, Layer layer, Tensor& weight, const Tensor& of_weight,
                                Tensor& bias, const Tensor& of_bias) {
    const LayerNames names = names_of(layer);
    weight = in.register_parameter(last_component(names.weight), of_weight);
    bias = in.register_parameter(last_component(names.bias), of_bias);
  };
  RecurrenceParameters& w = recurrence;
  linear_y = dense(Layer::kLinearY, d, r);
  linear_x = dense(Layer::kLinearX, d, r);
  const auto conv = holder(*this, path_of(Layer::kConv).at(1)), lru = holder(*this, path_of(Layer::kDecay).at(1));
  register_pair(*conv, Layer::kConv, w.conv_w, at::zeros({c.conv1d_width, r}), w.conv_b, at::zeros({r}));
  const auto input_gate = holder(*lru, path_of(Layer::kInputGate).at(2));
  const auto a_gate = holder(*lru, path_of(Layer::kDecayGate).at(2));
  w.a_param = lru->register_parameter(path_of(Layer::kDecay).at(2), at::zeros({r}));
  register_pair(*input_gate, Layer::kInputGate, w.input_gate_w, at::zeros({h, g, g}), w.input_gate_b,
                at::zeros({h, g}));
  register_pair(*a_gate, Layer::kDecayGate, w.a_gate_w, at::zeros({h, g, g}), w.a_gate_b, at::zeros({h, g}));
  linear_out = dense(Layer::kLinearOut, r, d);
}

Tensor RecurrentBlock::forward(const Tensor& u, RecurrenceState& state, Recurrence how, const BlockTap& tap) const {
  const Tensor y = linear_y->forward(u), x = linear_x->forward(u);
  if (!tap && how == Recurrence::kFused && has_fused_recurrence(x))
    return linear_out->forward(fused_recurrence(x, y, recurrence, scale_, state));
  RecurrenceInside inside;
  const Tensor out = plain_recurrence(x, y, recurrence, scale_, state, tap ? &inside : nullptr);
  if (tap) {
    put(tap, "y", tanh_gelu(y));
    put(tap, "x", x);
    put(tap, "conv", inside.conv);
    put(tap, "gate_x", inside.input_gate);
    put(tap, "gate_a", inside.a_gate);
    put(tap, "h", inside.h);
  }
  return linear_out->forward(out);
}

Tensor RecurrentBlock::step(const Tensor& u, RecurrenceState& state) const {
  return linear_out->forward(recurrence_step(linear_x->forward(u), linear_y->forward(u), recurrence, scale_, state));
}

TemporalBlock::TemporalBlock(const ModelConfig& c) {
  norm = register_module(path_of(Layer::kTemporalNorm).at(0), std::make_shared<RmsNorm>(c.width));
  recurrent = register_module(path_of(Layer::kLinearX).at(0), std::make_shared<RecurrentBlock>(c));
}

Tensor TemporalBlock::forward(const Tensor& x, RecurrenceState& state, Recurrence how, const BlockTap& tap) const {
  const Tensor u = norm->forward(x);
  put(tap, "norm", u);
  const Tensor branch = recurrent->forward(u, state, how, tap);
  put(tap, "branch", branch);
  const Tensor out = x + branch;
  put(tap, "", out);
  return out;
}

Tensor TemporalBlock::step(const Tensor& x, RecurrenceState& state) const {
  return x + recurrent->step(norm->forward(x), state);
}

Attention::Attention(const ModelConfig& c) : heads_(c.num_heads) {
  const int64_t d = c.width, h = c.num_heads, a = c.attention_width();
  query = register_module(path_of(Layer::kQuery).at(1), std::make_shared<Dense>(at::IntArrayRef{d, h, a}));
  key = register_module(path_of(Layer::kKey).at(1), std::make_shared<Dense>(at::IntArrayRef{d, h, a}));
  value = register_module(path_of(Layer::kValue).at(1), std::make_shared<Dense>(at::IntArrayRef{d, h, a}));
  out = register_module(path_of(Layer::kAttentionOut).at(1), std::make_shared<Dense>(at::IntArrayRef{h, a, d}, 2));
}

Tensor Attention::forward(const Tensor& x) const {
  const int64_t tokens = x.size(-2), width = x.size(-1);
  // One product for all three projections.
  const Tensor weight = at::cat({query->matrix(), key->matrix(), value->matrix()}, 1);
  const Tensor bias = at::cat({query->bias.flatten(), key->bias.flatten(), value->bias.flatten()});
  const Tensor all =
      at::linear(x, weight.t(), bias).view({-1, tokens, 3, heads_, width / heads_}).permute({2, 0, 3, 1, 4});
  const Tensor mixed = at::scaled_dot_product_attention(all[0], all[1], all[2]);  // [frames, H, N, A]
  return out->forward(mixed.transpose(1, 2).reshape(x.sizes()));
}

Mlp::Mlp(const ModelConfig& c) {
  first = register_module(path_of(Layer::kMlp0).at(1), std::make_shared<Dense>(at::IntArrayRef{c.width, c.mlp_dim}));
  second = register_module(path_of(Layer::kMlp1).at(1), std::make_shared<Dense>(at::IntArrayRef{c.mlp_dim, c.width}));
}

Tensor Mlp::forward(const Tensor& x, const BlockTap& tap) const {
  const Tensor hidden = first->forward(x);
  put(tap, "mlp_hidden", hidden);
  return second->forward(tanh_gelu(hidden));
}

SpatialBlock::SpatialBlock(const ModelConfig& c) {
  norm0 = register_module(path_of(Layer::kNorm0).at(0), std::make_shared<LayerNorm>(c.width));
  attention = register_module(path_of(Layer::kQuery).at(0), std::make_shared<Attention>(c));
  norm1 = register_module(path_of(Layer::kNorm1).at(0), std::make_shared<LayerNorm>(c.width));
  mlp = register_module(path_of(Layer::kMlp0).at(0), std::make_shared<Mlp>(c));
}

Tensor SpatialBlock::forward(const Tensor& x, const BlockTap& tap) const {
  const Tensor u = norm0->forward(x);
  put(tap, "norm0", u);
  const Tensor attended = attention->forward(u);
  put(tap, "attention", attended);
  const Tensor middle = x + attended, v = norm1->forward(middle);
  put(tap, "norm1", v);
  const Tensor hidden = mlp->forward(v, tap);
  put(tap, "mlp", hidden);
  const Tensor out = middle + hidden;
  put(tap, "", out);
  return out;
}

std::vector<Tensor> kernels_of(const torch::nn::Module& module) {
  std::vector<Tensor> kernels;
  if (const auto* dense = dynamic_cast<const Dense*>(&module)) kernels.push_back(dense->kernel);
  if (const auto* block = dynamic_cast<const RecurrentBlock*>(&module)) {
    const RecurrenceParameters& w = block->recurrence;
    kernels.insert(kernels.end(), {w.conv_w, w.input_gate_w, w.a_gate_w});
  }
  for (const auto& child : module.children()) {
    const auto inner = kernels_of(*child);
    kernels.insert(kernels.end(), inner.begin(), inner.end());
  }
  return kernels;
}

}  // namespace trecvit::model
