// The blocks of the network. B batch, T frames, N tokens, D width, R recurrent width, H heads, F MLP width.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "trecvit/model/layers.h"
#include "trecvit/model/recurrence.h"

namespace trecvit::model {

// Receives a tensor for all frames and its name within the block: "norm", "conv", ..., and "" for the block's output.
using BlockTap = std::function<void(std::string_view name, const Tensor& value)>;

// How the recurrent core of a clip is computed.
enum class Recurrence {
  kFused,  // one pass with a hand-written backward, if available for this device and type; otherwise as kPlain
  kPlain,  // plain operators: the specification, and the only form with inner taps
};

// u -> linear_out(h * gelu(linear_y(u))), h = RG-LRU(conv(linear_x(u))).
class RecurrentBlock : public torch::nn::Module {
 public:
  explicit RecurrentBlock(const ModelConfig& config);
  // u [B, T, N, D]; `state` as in recurrence.h.
  Tensor forward(const Tensor& u, RecurrenceState& state, Recurrence how, const BlockTap& tap = {}) const;
  // u [B, N, D], one frame.
  Tensor step(const Tensor& u, RecurrenceState& state) const;

  std::shared_ptr<Dense> linear_y, linear_x, linear_out;
  RecurrenceParameters recurrence;

 private:
  InputScale scale_;
};

// Time: x + recurrent_block(RMSNorm(x)), every token independently.
class TemporalBlock : public torch::nn::Module {
 public:
  explicit TemporalBlock(const ModelConfig& config);
  Tensor forward(const Tensor& x, RecurrenceState& state, Recurrence how, const BlockTap& tap = {}) const;
  Tensor step(const Tensor& x, RecurrenceState& state) const;

  std::shared_ptr<RmsNorm> norm;
  std::shared_ptr<RecurrentBlock> recurrent;
};

// Multi-head self-attention over the tokens of a frame: x [..., N, D] -> [..., N, D].
class Attention : public torch::nn::Module {
 public:
  explicit Attention(const ModelConfig& config);
  Tensor forward(const Tensor& x) const;

  std::shared_ptr<Dense> query, key, value, out;

 private:
  int64_t heads_;
};

// W2 gelu(W1 x + b1) + b2.
class Mlp : public torch::nn::Module {
 public:
  explicit Mlp(const ModelConfig& config);
  Tensor forward(const Tensor& x, const BlockTap& tap = {}) const;

  std::shared_ptr<Dense> first, second;
};

// Space: x + attention(LayerNorm(x)), then x + MLP(LayerNorm(x)). It has no memory, so forward also serves for a single
// frame.
class SpatialBlock : public torch::nn::Module {
 public:
  explicit SpatialBlock(const ModelConfig& config);
  Tensor forward(const Tensor& x, const BlockTap& tap = {}) const;  // [..., N, D]

  std::shared_ptr<LayerNorm> norm0, norm1;
  std::shared_ptr<Attention> attention;
  std::shared_ptr<Mlp> mlp;
};

// The kernels of a module and of all modules in it: those of dense layers, of the convolution and of the gates. Weight
// decay applies to them and not to biases, scales and positions.
std::vector<Tensor> kernels_of(const torch::nn::Module& module);

}  // namespace trecvit::model
