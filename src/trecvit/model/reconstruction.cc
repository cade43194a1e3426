#include "trecvit/model/reconstruction.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "trecvit/base/error.h"
#include "trecvit/weights/tensor_table.h"

namespace trecvit::model {
namespace {

constexpr double kLeastDeviation = 1e-6;
constexpr int64_t kMlpFactor = 4;

}  // namespace

ModelConfig reconstruction_sizes(const ModelConfig& encoder, const ReconstructionConfig& c) {
  if (c.width % 4 != 0 || c.width % c.heads != 0)
    fail_usage("reconstruction.width", "expected a multiple of 4 and of the {} heads, got {}", c.heads, c.width);
  ModelConfig sizes = encoder;
  sizes.width = sizes.lru_width = c.width;
  sizes.mlp_dim = kMlpFactor * c.width;
  sizes.depth = c.depth;
  sizes.num_heads = c.heads;
  return sizes;
}

Reconstruction::Reconstruction(const ModelConfig& encoder, const ReconstructionConfig& c)
    : sizes_(reconstruction_sizes(encoder, c)) {
  embed = register_module("embed", std::make_shared<Dense>(at::IntArrayRef{encoder.width, c.width}));
  mask_token = register_parameter("mask_token", at::zeros({1, 1, 1, c.width}));
  positions_ =
      register_buffer("positions", sincos2d(encoder.patch_rows(), encoder.patch_columns(), c.width).unsqueeze(0));
  for (int64_t block = 0; block < c.depth; ++block) {
    if (c.blocks == ReconstructionBlocks::kTRecViT)
      temporal.push_back(
          register_module(module_of(NetworkPart::kTemporalBlock, block), std::make_shared<TemporalBlock>(sizes_)));
    spatial.push_back(
        register_module(module_of(NetworkPart::kSpatialBlock, block), std::make_shared<SpatialBlock>(sizes_)));
  }
  norm = register_module("norm", std::make_shared<LayerNorm>(c.width));
  pixels = register_module("pixels", std::make_shared<Dense>(at::IntArrayRef{c.width, encoder.patch_values()}));
}

// [B, frames, N', E]: visible tokens at their positions, mask tokens elsewhere; the class token first.
Tensor Reconstruction::grid_of(const Tensor& seen, const Visible& visible, int64_t frames) const {
  const int64_t batch = seen.size(0), known = seen.size(1), width = sizes_.width, cls = sizes_.has_cls() ? 1 : 0;
  const Tensor tokens = accumulated(embed->forward(seen));
  const Tensor nothing = mask_token.to(tokens.dtype());
  const Tensor masked = (nothing + positions_.to(tokens.dtype())).expand({batch, frames, -1, -1});
  const Tensor index = visible.index.unsqueeze(-1).expand({batch, known, visible.index.size(2), width});
  const Tensor positions = positions_.to(tokens.dtype()).expand({batch, known, -1, -1}).gather(2, index);
  Tensor grid = masked.narrow(1, 0, known).scatter(2, index, tokens.narrow(2, cls, tokens.size(2) - cls) + positions);
  if (cls > 0) grid = at::cat({tokens.narrow(2, 0, 1), grid}, 2);
  if (known == frames) return grid;
  Tensor unseen = masked.narrow(1, known, frames - known);
  if (cls > 0) unseen = at::cat({nothing.expand({batch, frames - known, 1, width}), unseen}, 2);
  return at::cat({grid, unseen}, 1);
}

Tensor Reconstruction::pixels_of(const Tensor& tokens) const {
  const int64_t n = sizes_.patches();
  return pixels->forward(norm->forward(tokens.narrow(-2, tokens.size(-2) - n, n)));
}

Tensor Reconstruction::forward(const Tensor& seen, const Visible& visible, int64_t frames, State& state,
                               const ForwardOptions& options) const {
  state.resize(temporal.size());
  Tensor x = grid_of(seen, visible, frames);
  for (size_t i = 0; i < spatial.size(); ++i) {
    if (!temporal.empty()) x = temporal[i]->forward(x, state[i], options.recurrence);
    x = spatial[i]->forward(x);
  }
  return pixels_of(x);
}

Tensor Reconstruction::step(const Tensor& seen, const Visible& visible, State& state) const {
  state.resize(temporal.size());
  Tensor x = grid_of(seen.unsqueeze(1), visible, 1).squeeze(1);
  for (size_t i = 0; i < spatial.size(); ++i) {
    if (!temporal.empty()) x = temporal[i]->step(x, state[i]);
    x = spatial[i]->forward(x);
  }
  return pixels_of(x);
}

PixelTarget pixel_target(const Tensor& clips, const ModelConfig& config, bool normalised) {
  PixelTarget target;
  target.values = patches_of_clips(clips, config);
  if (!normalised) return target;
  const Tensor by_channel = target.values.unflatten(-1, {-1, 3});  // [B, T, N, P * P, 3]
  target.mean = by_channel.mean(-2, /*keepdim=*/true);
  target.deviation =
      by_channel.var(std::vector<int64_t>{-2}, /*unbiased=*/true, /*keepdim=*/true).sqrt() + kLeastDeviation;
  target.values = ((by_channel - target.mean) / target.deviation).flatten(-2);
  return target;
}

Tensor undo(const Tensor& values, const PixelTarget& target) {
  if (!target.mean.defined()) return values;
  return (values.unflatten(-1, {-1, 3}) * target.deviation + target.mean).flatten(-2);
}

Tensor reconstruction_loss(const Tensor& values, const Tensor& target, const Tensor& masked) {
  const Tensor distance = (values.to(at::kFloat) - target).square().mean(-1);  // [B, T, N]
  return masked.defined() ? (distance * masked).sum() / masked.sum() : distance.mean();
}

}  // namespace trecvit::model
