// What reads a frozen backbone: how good its features are, with little of the probe's own. Beside the model in
// probe.safetensors, for evaluation by the trainable model alone.
//
// B batch, T frames, N tokens, D width, H heads, C classes.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "trecvit/config/train_config.h"
#include "trecvit/model/trecvit.h"

namespace trecvit::train {

using at::Tensor;

// Of a clip whose frames come in parts; begins empty.
struct ProbeState {
  Tensor sum;      // linear: [B, F] of what it reads, so far; attentive: [B, H, D / H] of the weighted values
  Tensor weight;   // attentive: [B, H], sum of the weights exp(score - highest)
  Tensor highest;  // attentive: [B, H], the highest score so far
  int64_t frames = 0;

  void detach();
};

// kLinear: logits = head(mean over the frames so far of the mean of the patch tokens), one matrix; a class token stands
// before that mean, F = 2 D in place of D, because pre-training without labels asks nothing of it (Oquab et al. 2023).
// kAttentive: H learnt queries look at all tokens of all frames so far, softmax(query · key(token) / sqrt(D / H)) of
// value(token), then out, LayerNorm and head. The queries do not change with the clip, so the sums over its frames can
// be carried: the state does not grow.
class Probe : public torch::nn::Module {
 public:
  // kind: kLinear or kAttentive.
  Probe(ProbeKind kind, const ModelConfig& config, uint64_t seed);

  // Logits of a clip's target, [B, C] after the last of the frames. `state`: from the frames before, left as after the
  // last.
  Tensor clip_logits(const model::Output& output, ProbeState& state, double dropout = 0) const;
  // [B, T, C], of each frame by itself.
  Tensor frame_logits(const model::Output& output, double dropout = 0) const;

  ProbeKind kind() const { return kind_; }

 private:
  Tensor read_tokens(const Tensor& tokens, ProbeState& state) const;  // [B, N, D] -> [B, D]
  Tensor classify(const Tensor& features, double dropout) const;

  ProbeKind kind_;
  bool has_cls_;
  int64_t heads_;
  Tensor query_;  // [H, D / H]
  std::shared_ptr<model::Dense> key_, value_, out_, head_;
  std::shared_ptr<model::LayerNorm> norm_;
};

inline constexpr const char* kProbeFile = "probe.safetensors";

// Writes the probe of a model folder, whole or not at all.
void save_probe(const std::string& model_folder, const Probe& probe);
// Throws Error(kInput) where the file is not a probe of this kind for this model, naming what differs.
void load_probe(const std::string& model_folder, Probe& probe);

}  // namespace trecvit::train
