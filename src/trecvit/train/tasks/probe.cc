#include "trecvit/train/tasks/probe.h"

#include <ATen/ATen.h>

#include <cmath>

#include "trecvit/base/error.h"
#include "trecvit/io/path_in.h"
#include "trecvit/model/initialise.h"
#include "trecvit/train/module_file.h"

namespace trecvit::train {
namespace {

const char* kind_name(ProbeKind kind) { return kind == ProbeKind::kLinear ? "linear" : "attentive"; }

// Uniform, with a variance of 1 / `inputs`.
void draw(const Tensor& tensor, int64_t inputs, uint64_t seed, const std::string& name) {
  model::draw_uniform(tensor, std::sqrt(3 / static_cast<double>(inputs)), seed, "probe." + name);
}

// The features that a linear probe reads per frame, [B, T, D or 2 D].
Tensor frame_features(const model::Output& output, bool has_cls) {
  if (!has_cls) return output.features;  // the mean of the patch tokens
  const int64_t patches = output.tokens.size(2) - 1;
  return at::cat({output.tokens.select(2, 0), output.tokens.narrow(2, 1, patches).mean(2)}, -1);
}

// [..., D] -> [..., H, D / H]
Tensor split_heads(const Tensor& x, int64_t heads) { return x.unflatten(-1, {heads, -1}); }

}  // namespace

void ProbeState::detach() {
  for (Tensor* tensor : {&sum, &weight, &highest}) {
    if (tensor->defined()) *tensor = tensor->detach();
  }
}

Probe::Probe(ProbeKind kind, const ModelConfig& c, uint64_t seed)
    : kind_(kind), has_cls_(c.has_cls()), heads_(c.num_heads) {
  TRECVIT_CHECK(kind != ProbeKind::kNone);
  const int64_t d = c.width;
  const auto dense = [&](const char* name, int64_t inputs, int64_t outputs) {
    const auto layer = register_module(name, std::make_shared<model::Dense>(at::IntArrayRef{inputs, outputs}));
    draw(layer->kernel, inputs, seed, name);
    return layer;
  };
  if (kind == ProbeKind::kAttentive) {
    query_ = register_parameter("query", at::zeros({heads_, d / heads_}));
    draw(query_, 1, seed, "query");  // as large as the keys of normalised tokens
    key_ = dense("key", d, d);
    value_ = dense("value", d, d);
    out_ = dense("out", d, d);
    norm_ = register_module("norm", std::make_shared<model::LayerNorm>(d));
  }
  head_ = dense("head", kind == ProbeKind::kLinear && has_cls_ ? 2 * d : d, c.num_classes);
}

Tensor Probe::classify(const Tensor& features, double dropout) const {
  const Tensor seen = kind_ == ProbeKind::kAttentive ? norm_->forward(out_->forward(features)) : features;
  return head_->forward(dropout > 0 ? at::dropout(seen, dropout, /*train=*/true) : seen);
}

Tensor Probe::read_tokens(const Tensor& tokens, ProbeState& state) const {
  const Tensor keys = split_heads(key_->forward(tokens), heads_), values = split_heads(value_->forward(tokens), heads_);
  const double scale = 1 / std::sqrt(static_cast<double>(query_.size(1)));
  // Sums over many tokens, and exponentials: in float32 even if products are not.
  const Tensor scores = scale * (keys.to(at::kFloat) * query_).sum(-1);  // [B, N, H]
  // Subtracting the highest score keeps the exponentials in range and cancels in the quotient.
  Tensor highest = std::get<0>(scores.detach().max(1));  // [B, H]
  if (state.highest.defined()) highest = at::maximum(highest, state.highest);
  const Tensor weights = (scores - highest.unsqueeze(1)).exp();
  Tensor weight = weights.sum(1);
  Tensor sum = (weights.unsqueeze(-1) * values).sum(1);  // [B, H, D / H]
  if (state.highest.defined()) {
    const Tensor faded = (state.highest - highest).exp();
    weight = weight + faded * state.weight;
    sum = sum + faded.unsqueeze(-1) * state.sum;
  }
  state.highest = highest;
  state.weight = weight;
  state.sum = sum;
  return (sum / weight.unsqueeze(-1)).flatten(1);
}

Tensor Probe::clip_logits(const model::Output& output, ProbeState& state, double dropout) const {
  state.frames += output.tokens.size(1);
  if (kind_ == ProbeKind::kAttentive) return classify(read_tokens(output.tokens.flatten(1, 2), state), dropout);
  const Tensor sum = frame_features(output, has_cls_).to(at::kFloat).sum(1);
  state.sum = state.sum.defined() ? state.sum + sum : sum;
  return classify(state.sum / static_cast<double>(state.frames), dropout);
}

Tensor Probe::frame_logits(const model::Output& output, double dropout) const {
  if (kind_ == ProbeKind::kLinear) return classify(frame_features(output, has_cls_), dropout);
  ProbeState alone;
  const Tensor features = read_tokens(output.tokens.flatten(0, 1), alone);
  return classify(features.unflatten(0, {output.tokens.size(0), output.tokens.size(1)}), dropout);
}

std::vector<Tensor> Probe::decaying() const {
  std::vector<Tensor> all = model::kernels_of(*this);
  if (query_.defined()) all.push_back(query_);  // a matrix that keys are multiplied with, as a kernel is
  return all;
}

void save_probe(const std::string& folder, const Probe& probe) {
  save_module(path_in(folder, kProbeFile), probe, {"probe", kind_name(probe.kind())});
}

void load_probe(const std::string& folder, Probe& probe) {
  load_module(path_in(folder, kProbeFile), probe, {"probe", kind_name(probe.kind())});
}

}  // namespace trecvit::train
