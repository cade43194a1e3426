// The trainable TRecViT: the readable, differentiable counterpart of engine/. `forward` computes all frames of a clip
// in parallel, except in the recurrence; `step` computes one frame from a carried state. Both give the same numbers.
//
// Modules and tensors have the names of the published checkpoint, with '.' instead of '/' (weights/tensor_table.h).
// B batch, T frames, N tokens, D width, C classes.
#pragma once

#include <memory>
#include <vector>

#include "trecvit/model/blocks.h"

namespace trecvit::model {

// What is remembered of a batch of streams. All streams of a batch are at the same frame.
struct ModelState {
  std::vector<RecurrenceState> blocks;
  Tensor feature_sum;  // [B, head_dim], sum over the frames so far
  int64_t frames = 0;

  // Cuts the graph: gradients do not flow back into earlier frames.
  void detach();
};

// Receives a tensor [B, T, ...] by its tap name (config/tap_names.h).
using Tap = std::function<void(const std::string& name, const Tensor& value)>;

// Which patches of a batch of clips the encoder sees.
struct Visible {
  // int64 [B, T, V], patch indices in ascending order. T is 1, and they are the same in all frames, or `frames`; then
  // the recurrence of a patch continues from the last frame in which the patch was visible.
  Tensor index;
  int64_t frames = 0;  // only the first `frames` frames are seen at all

  bool is_tube() const { return index.size(1) == 1; }
};

// For a recurrence over time where the visible patches change from frame to frame: the order of tokens in which the
// frames in which a patch is visible follow one another directly. Padding comes last, where nothing follows it.
struct TimePacking {
  Tensor slot;          // int64 [B, T * V], the position of each visible patch in [frames, patches]
  int64_t frames = 0;   // in which the most often visible patch is visible
  int64_t patches = 0;  // all patches of a frame
};

struct ForwardOptions {
  Recurrence recurrence = Recurrence::kFused;
  Tap tap;  // with a tap, the recurrence is always kPlain
  // Keeps only the input of every block and recomputes the inside of the block in the backward pass
  // (model/recompute.h). Only for clips that begin a stream, and without a tap.
  bool recompute = false;
  // Dropout probability of each feature of the mean before the classifier, drawn from ATen's default generator.
  double dropout = 0;
  const TimePacking* packing = nullptr;  // only for clips that begin a stream
};

struct Output {
  Tensor tokens;    // [B, T, N, D] after encoder_norm
  Tensor features;  // [B, T, D] class token, or mean over the tokens
  // Undefined if the model has no head.
  Tensor pre_logits;  // [B, T, head_dim] after tanh
  Tensor logits;      // [B, T, C] after each frame, from the mean of pre_logits over the frames so far
};

// clips [B, T, H, W, 3] -> [B, T, patches, P * P * 3], patches in row-major order, the values of each in the order
// (row, column, channel); and the inverse.
Tensor patches_of_clips(const Tensor& clips, const ModelConfig& config);
Tensor clips_of_patches(const Tensor& patches, const ModelConfig& config);

// The table [1, patches, width] of fixed sines and cosines of column and row (docs/model.md), in float64.
Tensor sincos2d(int64_t rows, int64_t columns, int64_t width);

class Tokenizer : public torch::nn::Module {
 public:
  explicit Tokenizer(const ModelConfig& config);
  // pixels [B, T, H, W, 3] in [0, 1] -> tokens [B, T, N, D]: patches times kernel, plus positions; the class token
  // comes first and has no position.
  Tensor forward(const Tensor& pixels) const;
  // The same for the visible patches only: pixels [B, frames, H, W, 3] -> [B, frames, V', D], where V' is V plus the
  // class token, if there is one.
  Tensor forward(const Tensor& pixels, const Visible& visible) const;

  std::shared_ptr<Dense> embedding;
  Tensor pos_embedding;  // [1, patches, D]; a float64 constant if the positions are sincos2d
  Tensor cls;            // [1, 1, D]; undefined without a class token

 private:
  Tensor with_cls(const Tensor& patches) const;

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

  std::shared_ptr<Dense> pre, head;  // null if the model has no head

 private:
  Pool pool_;
};

class TRecViT : public torch::nn::Module {
 public:
  explicit TRecViT(const ModelConfig& config);

  // A clip [B, T, H, W, 3] of pixels in [0, 1]. `state`: the state after the frames before; updated to the state after
  // the last frame. Without a state, the clip begins a stream.
  Output forward(const Tensor& clip, ModelState* state = nullptr, const ForwardOptions& options = {}) const;
  // Runs only the encoder, on visible patches only: at most the first `visible.frames` frames of a clip -> [B, frames,
  // V', D]. The pixels of masked patches have no influence. With tubes (Visible::is_tube), nothing is computed for
  // masked patches; if the masks change from frame to frame, the temporal blocks also run over the padding of
  // TimePacking. Only with tubes may a `state` be carried; it is the state of these V' tokens.
  Tensor encode(const Tensor& clip, const Visible& visible, ModelState* state = nullptr,
                const ForwardOptions& options = {}) const;
  // One frame [B, H, W, 3] of a stream masked with tubes -> [B, V', D].
  Tensor encode_step(const Tensor& frame, const Visible& visible, ModelState& state) const;

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
