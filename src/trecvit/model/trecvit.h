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

// Which patches of a batch of clips the encoder sees.
struct Visible {
  // int64 [B, F, V], numbers of patches in rising order. F = 1: the same in all frames; else F = `frames`, and the
  // recurrence of a patch goes on from the last frame in which it was seen.
  Tensor index;
  int64_t frames = 0;  // the first so many are seen at all

  bool is_tube() const { return index.size(1) == 1; }
};

// Where the tokens of frames with different visible patches stand when the frames in which each patch is seen are put
// one right after the other: what a recurrence over time needs. Padding comes last, where nothing follows it.
struct TimePacking {
  Tensor slot;          // int64 [B, T * V], the place of each seen patch among [frames, patches]
  int64_t frames = 0;   // of the patch that is seen most often
  int64_t patches = 0;  // all of a frame
};

struct ForwardOptions {
  Recurrence recurrence = Recurrence::kFused;
  Tap tap;  // with a tap the recurrence is kPlain
  // Keeps the input of every block alone and computes its inside again in the backward pass (model/recompute.h). For
  // clips that begin a stream, without a tap.
  bool recompute = false;
  // Chance that a feature of the mean is left out before the classifier, drawn from ATen's default generator.
  double dropout = 0;
  const TimePacking* packing = nullptr;  // of clips that begin a stream
};

struct Output {
  Tensor tokens;    // [B, T, N, D] after encoder_norm
  Tensor features;  // [B, T, D] class token, or mean of the tokens
  // Undefined without a head.
  Tensor pre_logits;  // [B, T, head_dim] after tanh
  Tensor logits;      // [B, T, C] after each frame, from the mean of pre_logits over the frames so far
};

// clips [B, T, H, W, 3] -> [B, T, patches, P * P * 3], patches in row-major order, each by (row, column, channel); and
// back.
Tensor patches_of_clips(const Tensor& clips, const ModelConfig& config);
Tensor clips_of_patches(const Tensor& patches, const ModelConfig& config);

// The table [1, patches, width] of fixed sines and cosines of column and row (docs/model.md), in float64.
Tensor sincos2d(int64_t rows, int64_t columns, int64_t width);

class Tokenizer : public torch::nn::Module {
 public:
  explicit Tokenizer(const ModelConfig& config);
  // pixels [B, T, H, W, 3] in [0, 1] -> tokens [B, T, N, D]: patches times kernel, plus position; the class token is
  // put in front and has no position.
  Tensor forward(const Tensor& pixels) const;
  // The same of visible patches alone: pixels [B, frames, H, W, 3] -> [B, frames, V', D], V' = V and the class token.
  Tensor forward(const Tensor& pixels, const Visible& visible) const;

  std::shared_ptr<Dense> embedding;
  Tensor pos_embedding;  // [1, patches, D]; a constant in float64 where the positions are sincos2d
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

  std::shared_ptr<Dense> pre, head;  // null in an encoder without a head

 private:
  Pool pool_;
};

class TRecViT : public torch::nn::Module {
 public:
  explicit TRecViT(const ModelConfig& config);

  // A clip [B, T, H, W, 3] of pixels in [0, 1]. `state`: from the frames before, left as after the last; without one
  // the clip begins a stream.
  Output forward(const Tensor& clip, ModelState* state = nullptr, const ForwardOptions& options = {}) const;
  // The encoder alone of what is visible: at most the first `visible.frames` frames of a clip -> [B, frames, V', D].
  // The pixels of masked patches change nothing, and with tubes nothing is computed for them; where the masks change
  // from frame to frame, the temporal blocks run over the padding of TimePacking too. With tubes a `state` may be
  // carried, which is one of these V' tokens.
  Tensor encode(const Tensor& clip, const Visible& visible, ModelState* state = nullptr,
                const ForwardOptions& options = {}) const;
  // One frame [B, H, W, 3] of a stream with tubes -> [B, V', D].
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
