// A probe reads a frozen backbone to measure how good its features are, with few parameters of its own. It is stored
// next to the model in probe.safetensors, and only the trainable model can evaluate it.
//
// B batch, T frames, N tokens, D width, H heads, C classes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "trecvit/config/train_config.h"
#include "trecvit/model/trecvit.h"

namespace trecvit::train {

using at::Tensor;

// The state for a clip whose frames come in parts; starts empty.
struct ProbeState {
  Tensor sum;      // linear: [B, F], sum of the features so far; attentive: [B, H, D / H], sum of the weighted values
  Tensor weight;   // attentive: [B, H], sum of the weights exp(score - highest)
  Tensor highest;  // attentive: [B, H], the highest score so far
  int64_t frames = 0;

  void detach();
};

// kLinear: logits = head(mean over the frames so far of the mean of the patch tokens), one matrix; a class token, if
// there is one, is read in addition to that mean and not instead of it (F = 2 D in place of D), because pre-training
// without labels does not train it (Oquab et al. 2023).
// kAttentive: H learnt queries attend to all tokens of all frames so far: the values value(token), weighted with
// softmax(query · key(token) / sqrt(D / H)), then out, LayerNorm and head. The queries do not depend on the clip, so
// the sums over its frames can be carried and the state does not grow.
class Probe : public torch::nn::Module {
 public:
  // kind: kLinear or kAttentive.
  Probe(ProbeKind kind, const ModelConfig& config, uint64_t seed);

  // Logits for the target of a clip, [B, C] after the last of the frames. `state`: the state after the frames before;
  // updated to the state after the last frame.
  Tensor clip_logits(const model::Output& output, ProbeState& state, double dropout = 0) const;
  // [B, T, C], for each frame by itself.
  Tensor frame_logits(const model::Output& output, double dropout = 0) const;

  // The parameters that weight decay applies to.
  std::vector<Tensor> decaying() const;

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

// Writes the probe of a model folder, atomically.
void save_probe(const std::string& model_folder, const Probe& probe);
// Throws Error(kInput) if the file is not a probe of this kind for this model, naming the difference.
void load_probe(const std::string& model_folder, Probe& probe);

}  // namespace trecvit::train
