// The trainable TRecViT: the readable, differentiable twin of engine/. forward computes all frames of a clip in
// parallel but for the recurrence, step one frame from a carried state; both give the same numbers.
//
// Names of modules and tensors are those of the published checkpoint with '.' for '/' (weights/tensor_table.h).
// B batch, T frames, N tokens, D width, C classes.
#pragma once

#include <memory>
#include <vector>

#include "trecvit/model/blocks.h"

namespace trecvit::model {

// What a batch of streams remembers. All streams of a batch are at the same frame.
struct ModelState {
  std::vector<RecurrenceState> blocks;
  Tensor feature_sum;  // [B, head_dim], of the frames so far
  int64_t frames = 0;

  // Cuts the graph: gradients do not flow into frames before here.
  void detach();
};

// Receives a tensor [B, T, ...] by its tap name (config/tap_names.h).
using Tap = std::function<void(const std::string& name, const Tensor& value)>;

struct ForwardOptions {
  Recurrence recurrence = Recurrence::kFused;
  Tap tap;  // with a tap the recurrence is kPlain
  // Keeps the input of every block alone and computes its inside again in the backward pass (model/recompute.h). For
  // clips that begin a stream, without a tap.
  bool recompute = false;
  // Chance that a feature of the mean is left out before the classifier, drawn from ATen's default generator.
  double dropout = 0;
};

struct Output {
  Tensor tokens;      // [B, T, N, D] after encoder_norm
  Tensor features;    // [B, T, D] class token, or mean of the tokens
  Tensor pre_logits;  // [B, T, head_dim] after tanh
  Tensor logits;      // [B, T, C] after each frame, from the mean of pre_logits over the frames so far
};

class Tokenizer : public torch::nn::Module {
 public:
  explicit Tokenizer(const ModelConfig& config);
  // pixels [B, T, H, W, 3] in [0, 1] -> tokens [B, T, N, D]: patches times kernel, plus position; the class token is
  // put in front and has no position.
  Tensor forward(const Tensor& pixels) const;

  std::shared_ptr<Dense> embedding;
  Tensor pos_embedding;  // [1, patches, D]; a constant in float64 where the positions are sincos2d
  Tensor cls;            // [1, 1, D]; undefined without a class token

 private:
  ModelConfig config_;
};

// All blocks: tokens [B, T, N, D] -> [B, T, N, D] after encoder_norm.
class Encoder : public torch::nn::Module {
 public:
  explicit Encoder(const ModelConfig& config);
  Tensor forward(const Tensor& tokens, ModelState& state, const ForwardOptions& options = {}) const;
  Tensor step(const Tensor& tokens, ModelState& state) const;  // [B, N, D]

  std::vector<std::shared_ptr<TemporalBlock>> temporal;
  std::vector<std::shared_ptr<SpatialBlock>> spatial;
  std::shared_ptr<LayerNorm> norm;
};

class Decoder : public torch::nn::Module {
 public:
  explicit Decoder(const ModelConfig& config);
  Tensor pool(const Tensor& tokens) const;          // [..., N, D] -> [..., D]
  Tensor pre_logits(const Tensor& features) const;  // [..., D] -> [..., head_dim], after tanh
  Tensor classify(const Tensor& features) const;    // [..., head_dim] -> [..., C]

  std::shared_ptr<Dense> pre, head;

 private:
  Pool pool_;
};

class TRecViT : public torch::nn::Module {
 public:
  explicit TRecViT(const ModelConfig& config);

  // A clip [B, T, H, W, 3] of pixels in [0, 1]. `state`: from the frames before, left as after the last; without one
  // the clip begins a stream.
  Output forward(const Tensor& clip, ModelState* state = nullptr, const ForwardOptions& options = {}) const;
  // One frame [B, H, W, 3]; results have no T axis.
  Output step(const Tensor& frame, ModelState& state) const;

  const ModelConfig& config() const { return config_; }

  std::shared_ptr<Tokenizer> tokenizer;
  std::shared_ptr<Encoder> encoder;
  std::shared_ptr<Decoder> decoder;

 private:
  ModelConfig config_;
};

}  // namespace trecvit::model
