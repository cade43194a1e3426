#include "trecvit/model/trecvit.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "trecvit/base/error.h"
#include "trecvit/config/tap_names.h"
#include "trecvit/model/recompute.h"
#include "trecvit/weights/tensor_table.h"

namespace trecvit::model {
namespace {

// The packing for masks that change from frame to frame.
TimePacking pack_time(const Visible& visible, const ModelConfig& c) {
  const Tensor index = visible.index.cpu().contiguous();
  const int64_t batch = index.size(0), frames = index.size(1), seen = index.size(2);
  TimePacking packing;
  packing.patches = c.patches();
  packing.slot = at::empty({batch, frames * seen}, at::kLong);
  const auto* patch = index.const_data_ptr<int64_t>();
  auto* slot = packing.slot.mutable_data_ptr<int64_t>();
  for (int64_t b = 0; b < batch; ++b) {
    std::vector<int64_t> times(static_cast<size_t>(c.patches()), 0);  // how often each patch was seen
    for (int64_t i = 0; i < frames * seen; ++i, ++patch) {
      int64_t& count = times[static_cast<size_t>(*patch)];
      *slot++ = count++ * c.patches() + *patch;
      packing.frames = std::max(packing.frames, count);
    }
  }
  packing.slot = packing.slot.to(visible.index.device());
  return packing;
}

// A temporal block over the frames in which each patch is visible, and over all frames for the class token.
Tensor forward_packed(const TemporalBlock& block, const Tensor& x, const TimePacking& packing, Recurrence how) {
  const int64_t frames = x.size(1), seen = packing.slot.size(1) / frames, cls = x.size(2) - seen;
  const Tensor rows = x.narrow(2, cls, seen).flatten(1, 2);  // [B, T * V, D]
  const Tensor slot = packing.slot.unsqueeze(-1).expand_as(rows);
  const Tensor packed = at::zeros({x.size(0), packing.frames * packing.patches, x.size(3)}, x.options())
                            .scatter(1, slot, rows)
                            .view({x.size(0), packing.frames, packing.patches, x.size(3)});
  RecurrenceState of_patches, of_token;
  Tensor out = block.forward(packed, of_patches, how).flatten(1, 2).gather(1, slot).unflatten(1, {frames, seen});
  if (cls == 0) return out;
  return at::cat({block.forward(x.narrow(2, 0, cls), of_token, how), out}, 2);
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

Tensor patches_of_clips(const Tensor& clips, const ModelConfig& c) {
  const int64_t p = c.patch_size;
  return clips.reshape({clips.size(0) * clips.size(1), c.patch_rows(), p, c.patch_columns(), p, 3})
      .transpose(2, 3)
      .reshape({clips.size(0), clips.size(1), c.patches(), c.patch_values()});
}

Tensor clips_of_patches(const Tensor& patches, const ModelConfig& c) {
  const int64_t p = c.patch_size;
  return patches.reshape({patches.size(0) * patches.size(1), c.patch_rows(), c.patch_columns(), p, p, 3})
      .transpose(2, 3)
      .reshape({patches.size(0), patches.size(1), c.image_height, c.image_width, 3});
}

// [sin x o, cos x o, sin y o, cos y o] with o_i = 10000^(-i / (D/4 - 1)).
Tensor sincos2d(int64_t rows, int64_t columns, int64_t width) {
  const auto options = at::TensorOptions(at::kDouble);
  const int64_t quarter = width / 4;
  const Tensor omega = at::pow(10000.0, -at::arange(quarter, options) / static_cast<double>(quarter - 1));
  const Tensor row = at::arange(rows, options).repeat_interleave(columns);
  const Tensor column = at::arange(columns, options).repeat(rows);
  const Tensor x = column.unsqueeze(1) * omega, y = row.unsqueeze(1) * omega;
  return at::cat({x.sin(), x.cos(), y.sin(), y.cos()}, 1).unsqueeze(0);
}

Tokenizer::Tokenizer(const ModelConfig& c) : config_(c) {
  embedding = register_module(path_of(Layer::kEmbedding).at(0),
                              std::make_shared<Dense>(at::IntArrayRef{1, c.patch_size, c.patch_size, 3, c.width}, 4));
  if (c.position == Position::kLearned) {
    pos_embedding = register_parameter(path_of(Layer::kPositions).at(0), at::zeros({1, c.patches(), c.width}));
  } else {
    pos_embedding = register_buffer("fixed_positions", sincos2d(c.patch_rows(), c.patch_columns(), c.width));
  }
  if (c.has_cls()) cls = register_parameter(path_of(Layer::kClassToken).at(0), at::zeros({1, 1, c.width}));
}

Tensor Tokenizer::forward(const Tensor& pixels) const {
  const Tensor content = accumulated(embedding->forward(patches_of_clips(pixels, config_)));
  return with_cls(content + pos_embedding.to(content.dtype()));
}

Tensor Tokenizer::forward(const Tensor& pixels, const Visible& visible) const {
  const int64_t batch = pixels.size(0), frames = pixels.size(1), seen = visible.index.size(2);
  const Tensor patches = patches_of_clips(pixels, config_);
  const Tensor index = visible.index.unsqueeze(-1).expand({batch, frames, seen, config_.patch_values()});
  const Tensor content = accumulated(embedding->forward(patches.gather(2, index)));
  const Tensor positions = pos_embedding.squeeze(0)
                               .index_select(0, visible.index.flatten())
                               .view({batch, visible.index.size(1), seen, config_.width});
  return with_cls(content + positions.to(content.dtype()));
}

Tensor Tokenizer::with_cls(const Tensor& patches) const {
  if (!cls.defined()) return patches;
  return at::cat({cls.expand({patches.size(0), patches.size(1), 1, config_.width}).to(patches.dtype()), patches}, 2);
}

Encoder::Encoder(const ModelConfig& c) {
  for (int64_t block = 0; block < c.depth; ++block) {
    temporal.push_back(
        register_module(module_of(NetworkPart::kTemporalBlock, block), std::make_shared<TemporalBlock>(c)));
    spatial.push_back(register_module(module_of(NetworkPart::kSpatialBlock, block), std::make_shared<SpatialBlock>(c)));
  }
  norm = register_module(path_of(Layer::kEncoderNorm).at(0), std::make_shared<LayerNorm>(c.width));
}

Tensor Encoder::forward(const Tensor& tokens, ModelState& state, const ForwardOptions& options) const {
  state.blocks.resize(temporal.size());
  Tensor x = tokens;
  const bool recompute = options.recompute && x.requires_grad();
  // Recomputed blocks need it after the caller has returned.
  const std::optional<TimePacking> packing = options.packing ? std::optional(*options.packing) : std::nullopt;
  TRECVIT_CHECK(!recompute || (!options.tap && !state.blocks.at(0).h.defined()));
  for (size_t i = 0; i < temporal.size(); ++i) {
    const auto block = static_cast<int64_t>(i);
    if (recompute) {
      x = recompute_in_backward(
          [this, i, how = options.recurrence, packing](const Tensor& in) {
            RecurrenceState fresh;
            return spatial[i]->forward(packing ? forward_packed(*temporal[i], in, *packing, how)
                                               : temporal[i]->forward(in, fresh, how));
          },
          x);
      continue;
    }
    x = options.packing
            ? forward_packed(*temporal[i], x, *options.packing, options.recurrence)
            : temporal[i]->forward(x, state.blocks[i], options.recurrence, block_tap(options.tap, temporal_tap, block));
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
  if (!c.has_head()) return;
  pre =
      register_module(path_of(Layer::kPreLogits).at(0), std::make_shared<Dense>(at::IntArrayRef{c.width, c.head_dim}));
  head = register_module(path_of(Layer::kClasses).at(0),
                         std::make_shared<Dense>(at::IntArrayRef{c.head_dim, c.num_classes}));
}

Tensor Decoder::pool(const Tensor& tokens) const {
  return pool_ == Pool::kCls ? tokens.select(-2, 0) : tokens.mean(-2);
}
Tensor Decoder::pre_logits(const Tensor& features) const { return at::tanh(pre->forward(features)); }
Tensor Decoder::classify(const Tensor& features) const { return head->forward(features); }

TRecViT::TRecViT(const ModelConfig& config) : config_(config) {
  tokenizer = register_module(module_of(NetworkPart::kTokenizer), std::make_shared<Tokenizer>(config));
  encoder = register_module(module_of(NetworkPart::kEncoderEnd), std::make_shared<Encoder>(config));
  decoder = register_module(module_of(NetworkPart::kDecoder), std::make_shared<Decoder>(config));
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
  if (options.tap) options.tap("encoder_norm", out.tokens);
  state.frames += clip.size(1);
  if (!config_.has_head()) return out;
  out.pre_logits = decoder->pre_logits(out.features);
  Tensor sums = accumulated(out.pre_logits).cumsum(1);  // [B, T, head_dim]
  if (state.feature_sum.defined()) sums = sums + state.feature_sum.unsqueeze(1);
  const int64_t before = state.frames - clip.size(1);
  const Tensor counts = at::arange(1, clip.size(1) + 1, sums.options()) + static_cast<double>(before);
  Tensor means = sums / counts.view({1, -1, 1});
  if (options.dropout > 0) means = at::dropout(means, options.dropout, /*train=*/true);
  out.logits = decoder->classify(means);
  state.feature_sum = sums.select(1, -1);
  if (options.tap) {
    options.tap("pre_logits", out.pre_logits);
    options.tap("prefix_logits", out.logits);
  }
  return out;
}

Tensor TRecViT::encode(const Tensor& clip, const Visible& visible, ModelState* carried,
                       const ForwardOptions& options) const {
  ModelState fresh;
  ModelState& state = carried ? *carried : fresh;
  ForwardOptions chosen = options;
  std::optional<TimePacking> packing;
  if (!visible.is_tube()) {
    TRECVIT_CHECK(!carried);  // a packing begins at the clip's first frame and leaves no state
    chosen.packing = &packing.emplace(pack_time(visible, config_));
  }
  const int64_t frames = std::min(visible.frames, clip.size(1));
  const Tensor seen = clip.narrow(1, 0, frames);
  const Tensor tokens = encoder->forward(tokenizer->forward(seen, visible), state, chosen);
  state.frames += frames;
  return tokens;
}

Tensor TRecViT::encode_step(const Tensor& frame, const Visible& visible, ModelState& state) const {
  ++state.frames;
  return encoder->step(tokenizer->forward(frame.unsqueeze(1), visible).squeeze(1), state);
}

Output TRecViT::step(const Tensor& frame, ModelState& state) const {
  Output out;
  out.tokens = encoder->step(tokenizer->forward(frame.unsqueeze(1)).squeeze(1), state);
  out.features = decoder->pool(out.tokens);
  ++state.frames;
  if (!config_.has_head()) return out;
  out.pre_logits = decoder->pre_logits(out.features);
  const Tensor newest = accumulated(out.pre_logits);
  state.feature_sum = state.feature_sum.defined() ? state.feature_sum + newest : newest;
  out.logits = decoder->classify(state.feature_sum / static_cast<double>(state.frames));
  return out;
}

}  // namespace trecvit::model
