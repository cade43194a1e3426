#include "trecvit/model/trecvit.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <cmath>

#include "trecvit/base/error.h"
#include "trecvit/config/tap_names.h"
#include "trecvit/model/recompute.h"

namespace trecvit::model {
namespace {

// Fixed sines and cosines of column and row (docs/model.md): [sin x o, cos x o, sin y o, cos y o] with
// o_i = 10000^(-i / (D/4 - 1)), [1, patches, D].
Tensor sincos2d(const ModelConfig& c) {
  const auto options = at::TensorOptions(at::kDouble);
  const int64_t quarter = c.width / 4;
  const Tensor omega = at::pow(10000.0, -at::arange(quarter, options) / static_cast<double>(quarter - 1));
  const Tensor row = at::arange(c.patch_rows(), options).repeat_interleave(c.patch_columns());
  const Tensor column = at::arange(c.patch_columns(), options).repeat(c.patch_rows());
  const Tensor x = column.unsqueeze(1) * omega, y = row.unsqueeze(1) * omega;
  return at::cat({x.sin(), x.cos(), y.sin(), y.cos()}, 1).unsqueeze(0);
}

BlockTap block_tap(const Tap& tap, std::string (*name_of)(int64_t, std::string_view), int64_t block) {
  if (!tap) return {};
  return [&tap, name_of, block](std::string_view name, const Tensor& value) { tap(name_of(block, name), value); };
}

}  // namespace

void ModelState::detach() {
  for (auto& block : blocks) {
    block.h = block.h.detach();
    block.conv = block.conv.detach();
  }
  if (feature_sum.defined()) feature_sum = feature_sum.detach();
}

Tokenizer::Tokenizer(const ModelConfig& c) : config_(c) {
  embedding = register_module("embedding",
                              std::make_shared<Dense>(at::IntArrayRef{1, c.patch_size, c.patch_size, 3, c.width}, 4));
  if (c.position == Position::kLearned) {
    pos_embedding = register_parameter("pos_embedding", at::zeros({1, c.patches(), c.width}));
  } else {
    pos_embedding = register_buffer("fixed_positions", sincos2d(c));
  }
  if (c.has_cls()) cls = register_parameter("cls", at::zeros({1, 1, c.width}));
}

Tensor Tokenizer::forward(const Tensor& pixels) const {
  const int64_t batch = pixels.size(0), frames = pixels.size(1), p = config_.patch_size;
  const Tensor patches = pixels.reshape({batch * frames, config_.patch_rows(), p, config_.patch_columns(), p, 3})
                             .transpose(2, 3)
                             .reshape({batch, frames, config_.patches(), config_.patch_values()});
  const Tensor content = embedding->forward(patches);
  Tensor grid = content + pos_embedding.to(content.dtype());
  if (!cls.defined()) return grid;
  return at::cat({cls.expand({batch, frames, 1, config_.width}).to(grid.dtype()), grid}, 2);
}

Encoder::Encoder(const ModelConfig& c) {
  for (int64_t block = 0; block < c.depth; ++block) {
    temporal.push_back(register_module(fmt::format("residualblock_{:02}", block), std::make_shared<TemporalBlock>(c)));
    spatial.push_back(register_module(fmt::format("encoderblock_{}", block), std::make_shared<SpatialBlock>(c)));
  }
  norm = register_module("encoder_norm", std::make_shared<LayerNorm>(c.width));
}

Tensor Encoder::forward(const Tensor& tokens, ModelState& state, const ForwardOptions& options) const {
  state.blocks.resize(temporal.size());
  Tensor x = tokens;
  const bool recompute = options.recompute && x.requires_grad();
  TRECVIT_CHECK(!recompute || (!options.tap && !state.blocks.at(0).h.defined()));
  for (size_t i = 0; i < temporal.size(); ++i) {
    const auto block = static_cast<int64_t>(i);
    if (recompute) {
      x = recompute_in_backward(
          [this, i, how = options.recurrence](const Tensor& in) {
            RecurrenceState fresh;
            return spatial[i]->forward(temporal[i]->forward(in, fresh, how));
          },
          x);
      continue;
    }
    x = temporal[i]->forward(x, state.blocks[i], options.recurrence, block_tap(options.tap, temporal_tap, block));
    x = spatial[i]->forward(x, block_tap(options.tap, spatial_tap, block));
  }
  return norm->forward(x);
}

Tensor Encoder::step(const Tensor& tokens, ModelState& state) const {
  state.blocks.resize(temporal.size());
  Tensor x = tokens;
  for (size_t i = 0; i < temporal.size(); ++i) {
    x = temporal[i]->step(x, state.blocks[i]);
    x = spatial[i]->forward(x);
  }
  return norm->forward(x);
}

Decoder::Decoder(const ModelConfig& c) : pool_(c.pool) {
  pre = register_module("pre_logits", std::make_shared<Dense>(at::IntArrayRef{c.width, c.head_dim}));
  head = register_module("cls_head", std::make_shared<Dense>(at::IntArrayRef{c.head_dim, c.num_classes}));
}

Tensor Decoder::pool(const Tensor& tokens) const {
  return pool_ == Pool::kCls ? tokens.select(-2, 0) : tokens.mean(-2);
}
Tensor Decoder::pre_logits(const Tensor& features) const { return at::tanh(pre->forward(features)); }
Tensor Decoder::classify(const Tensor& features) const { return head->forward(features); }

TRecViT::TRecViT(const ModelConfig& config) : config_(config) {
  tokenizer = register_module("tokenizer", std::make_shared<Tokenizer>(config));
  encoder = register_module("encoder", std::make_shared<Encoder>(config));
  decoder = register_module("decoder", std::make_shared<Decoder>(config));
}

Output TRecViT::forward(const Tensor& clip, ModelState* carried, const ForwardOptions& options) const {
  ModelState fresh;
  ModelState& state = carried ? *carried : fresh;
  ForwardOptions chosen = options;
  if (options.tap) chosen.recurrence = Recurrence::kPlain;
  const Tensor tokens = tokenizer->forward(clip);
  if (options.tap) options.tap("tokenizer", tokens);
  Output out;
  out.tokens = encoder->forward(tokens, state, chosen);
  out.features = decoder->pool(out.tokens);
  out.pre_logits = decoder->pre_logits(out.features);
  Tensor sums = accumulated(out.pre_logits).cumsum(1);  // [B, T, head_dim]
  if (state.feature_sum.defined()) sums = sums + state.feature_sum.unsqueeze(1);
  const Tensor counts = at::arange(1, clip.size(1) + 1, sums.options()) + static_cast<double>(state.frames);
  Tensor means = sums / counts.view({1, -1, 1});
  if (options.dropout > 0) means = at::dropout(means, options.dropout, /*train=*/true);
  out.logits = decoder->classify(means);
  state.feature_sum = sums.select(1, -1);
  state.frames += clip.size(1);
  if (options.tap) {
    options.tap("encoder_norm", out.tokens);
    options.tap("pre_logits", out.pre_logits);
    options.tap("prefix_logits", out.logits);
  }
  return out;
}

Output TRecViT::step(const Tensor& frame, ModelState& state) const {
  Output out;
  out.tokens = encoder->step(tokenizer->forward(frame.unsqueeze(1)).squeeze(1), state);
  out.features = decoder->pool(out.tokens);
  out.pre_logits = decoder->pre_logits(out.features);
  const Tensor newest = accumulated(out.pre_logits);
  state.feature_sum = state.feature_sum.defined() ? state.feature_sum + newest : newest;
  ++state.frames;
  out.logits = decoder->classify(state.feature_sum / static_cast<double>(state.frames));
  return out;
}

}  // namespace trecvit::model
