// The encoder on masked clips, and the reconstruction decoder.
#include <gtest/gtest.h>

#include <torch/csrc/autograd/autograd.h>

#include <numeric>

#include "model/model_test.h"
#include "support/near.h"
#include "support/step_equals_clip.h"
#include "trecvit/model/initialise.h"
#include "trecvit/model/reconstruction.h"

namespace trecvit::test {
namespace {

using model::Reconstruction;
using model::Visible;

constexpr int64_t kFrames = 6, kBatch = 2;

ModelConfig small_config(Pool pool = Pool::kCls) {
  ModelConfig c = golden_case("mu_2d").config;
  c.image_height = 3 * c.patch_size;
  c.image_width = 4 * c.patch_size;
  c.pool = pool;
  return c;
}

// [B, F, V] random patches in ascending order; they differ in every clip and, with several rows, in every frame.
Visible some_visible(const ModelConfig& c, int64_t rows, int64_t count) {
  std::vector<Tensor> all;
  for (int64_t i = 0; i < kBatch * rows; ++i)
    all.push_back(std::get<0>(at::randperm(c.patches(), at::kLong).narrow(0, 0, count).sort()));
  return {at::stack(all).view({kBatch, rows, count}), kFrames};
}

// [B, T, N] bool: hidden.
Tensor hidden_of(const Visible& visible, const ModelConfig& c) {
  return at::ones({kBatch, kFrames, c.patches()}, at::kBool)
      .scatter(2, visible.index.expand({kBatch, kFrames, visible.index.size(2)}), false);
}

struct Fixture {
  explicit Fixture(const ModelConfig& config,
                   const ReconstructionConfig& reconstruction = {ReconstructionBlocks::kTRecViT, 16, 2, 2})
      : network(make_model(config, 5)), decoder(std::make_shared<Reconstruction>(config, reconstruction)) {
    at::manual_seed(1);
    model::initialise(*decoder, 7);
    network->to(at::kDouble);
    decoder->to(at::kDouble);
    clips = at::rand({kBatch, kFrames, config.image_height, config.image_width, 3}, at::kDouble);
  }
  std::shared_ptr<model::TRecViT> network;
  std::shared_ptr<Reconstruction> decoder;
  Tensor clips;
};

double distance(const Tensor& a, const Tensor& b) { return (a - b).abs().max().item<double>(); }

TEST(Masked, PatchesOfClipsAndBack) {
  const ModelConfig c = small_config();
  const Tensor clips = at::rand({2, 3, c.image_height, c.image_width, 3});
  const Tensor patches = model::patches_of_clips(clips, c);
  EXPECT_EQ(patches.sizes(), at::IntArrayRef({2, 3, c.patches(), c.patch_values()}));
  EXPECT_TRUE(at::equal(model::clips_of_patches(patches, c), clips));
  // Patch 5 is in row 1, column 1.
  const int64_t p = c.patch_size;
  EXPECT_TRUE(at::equal(patches[1][2][5], clips[1][2].narrow(0, p, p).narrow(1, p, p).flatten()));
}

TEST(Masked, AllPatchesVisibleEqualsTheWholeEncoder) {
  for (const Pool pool : {Pool::kCls, Pool::kGap}) {
    const Fixture f(small_config(pool));
    const at::NoGradGuard no_grad;
    const ModelConfig& c = f.network->config();
    const Tensor want = f.network->forward(f.clips).tokens;
    const Tensor all = at::arange(c.patches(), at::kLong);
    for (const int64_t rows : {int64_t{1}, kFrames}) {
      const Visible visible{all.expand({kBatch, rows, -1}).contiguous(), kFrames};
      EXPECT_LT(distance(f.network->encode(f.clips, visible), want), 1e-12) << rows;
    }
  }
}

TEST(Masked, PixelsOfMaskedPatchesHaveNoEffect) {
  for (const int64_t rows : {int64_t{1}, kFrames}) {
    const Fixture f(small_config());
    const at::NoGradGuard no_grad;
    const ModelConfig& c = f.network->config();
    const Visible visible = some_visible(c, rows, 4);
    const Tensor hidden =
        model::clips_of_patches(hidden_of(visible, c).unsqueeze(-1).expand({-1, -1, -1, c.patch_values()}), c);
    const Tensor other = at::where(hidden, at::rand_like(f.clips), f.clips);
    ASSERT_GT(distance(other, f.clips), 0.5);
    EXPECT_TRUE(at::equal(f.network->encode(other, visible), f.network->encode(f.clips, visible))) << rows;
    // Pixels of visible patches do have an effect.
    const Tensor changed = at::where(hidden, f.clips, at::rand_like(f.clips));
    EXPECT_GT(distance(f.network->encode(changed, visible), f.network->encode(f.clips, visible)), 1e-3);
  }
}

// Every block returns its input, so only the positions of patches and tokens are tested.
void cut_blocks(const std::vector<std::shared_ptr<model::TemporalBlock>>& temporal,
                const std::vector<std::shared_ptr<model::SpatialBlock>>& spatial) {
  const at::NoGradGuard no_grad;
  const auto zero = [](const torch::nn::Module& block, std::initializer_list<const char*> ends) {
    for (auto& entry : block.named_parameters()) {
      for (const char* end : ends) {
        if (entry.key().find(end) != std::string::npos) entry.value().zero_();
      }
    }
  };
  for (const auto& block : temporal) zero(*block, {"linear_out."});
  for (const auto& block : spatial) zero(*block, {".out.", "Dense_1."});
}

// A visible token depends only on the patch that the index names, and the pixels of that patch depend on it.
TEST(Masked, TokensBelongToTheirPatches) {
  for (const int64_t rows : {int64_t{1}, kFrames}) {
    const Fixture f(small_config());
    const ModelConfig& c = f.network->config();
    cut_blocks(f.network->encoder->temporal, f.network->encoder->spatial);
    cut_blocks(f.decoder->temporal, f.decoder->spatial);
    const Visible visible = some_visible(c, rows, 4);
    const Tensor clips = f.clips.clone().requires_grad_();
    const Tensor tokens = f.network->encode(clips, visible);
    Tensor seen = tokens.detach().clone().requires_grad_();
    Reconstruction::State state;
    const Tensor values = f.decoder->forward(seen, visible, kFrames, state);
    for (int64_t b = 0; b < kBatch; ++b) {
      for (const int64_t t : {int64_t{0}, kFrames - 1}) {
        for (int64_t i = 0; i < 4; ++i) {
          const int64_t patch = visible.index[b][rows == 1 ? 0 : t][i].item<int64_t>();
          // Cubes, because after a LayerNorm sums and sums of squares are constant.
          const Tensor of_pixels =
              torch::autograd::grad({tokens[b][t][1 + i].pow(3).sum()}, {clips}, {}, /*retain_graph=*/true)[0];
          const Tensor touched = model::patches_of_clips(of_pixels, c).abs().sum(-1) > 0;  // [B, T, N]
          EXPECT_EQ(touched.sum().item<int64_t>(), 1);
          EXPECT_TRUE(touched[b][t][patch].item<bool>()) << b << " " << t << " " << i;
          const Tensor of_tokens =
              torch::autograd::grad({values[b][t][patch].square().sum()}, {seen}, {}, /*retain_graph=*/true)[0];
          const Tensor used = of_tokens.abs().sum(-1) > 0;  // [B, T, V']
          EXPECT_EQ(used.sum().item<int64_t>(), 1);
          EXPECT_TRUE(used[b][t][1 + i].item<bool>()) << b << " " << t << " " << i;
        }
      }
    }
  }
}

// If masks change from frame to frame, the recurrence of a patch continues from the frame in which it was last visible.
// The expected values are computed frame by frame, with one state per patch.
TEST(Masked, PatchesContinueFromTheirLastVisibleFrame) {
  const Fixture f(small_config());
  const at::NoGradGuard no_grad;
  const ModelConfig& c = f.network->config();
  const Visible visible = some_visible(c, kFrames, 5);
  const Tensor got = f.network->encode(f.clips, visible);
  for (int64_t b = 0; b < kBatch; ++b) {
    // State of each token (class token first) in each block; undefined before it was first visible.
    std::vector<std::vector<model::RecurrenceState>> states(
        static_cast<size_t>(c.depth), std::vector<model::RecurrenceState>(static_cast<size_t>(c.tokens())));
    for (int64_t t = 0; t < kFrames; ++t) {
      const Visible one{visible.index[b][t].view({1, 1, -1}), 1};
      Tensor x = f.network->tokenizer->forward(f.clips[b][t].view({1, 1, c.image_height, c.image_width, 3}), one)
                     .squeeze(1);  // [1, V', D]
      for (size_t block = 0; block < states.size(); ++block) {
        std::vector<Tensor> tokens;
        for (int64_t i = 0; i < x.size(1); ++i) {
          const auto token = static_cast<size_t>(i == 0 ? 0 : 1 + visible.index[b][t][i - 1].item<int64_t>());
          tokens.push_back(f.network->encoder->temporal[block]->step(x.narrow(1, i, 1), states[block][token]));
        }
        x = f.network->encoder->spatial[block]->forward(at::cat(tokens, 1));
      }
      EXPECT_LT(distance(f.network->encoder->norm->forward(x)[0], got[b][t]), 1e-10) << b << " " << t;
    }
  }
}

TEST(Masked, RecomputingGivesTheSameGradients) {
  for (const int64_t rows : {int64_t{1}, kFrames}) {
    std::vector<Tensor> gradients;
    const Fixture f(small_config());
    at::manual_seed(2);
    const Visible visible = some_visible(f.network->config(), rows, 4);
    for (const bool recompute : {false, true}) {
      f.network->zero_grad();
      model::ForwardOptions options;
      options.recompute = recompute;
      f.network->encode(f.clips, visible, nullptr, options).square().sum().backward();
      gradients.push_back(f.network->encoder->temporal[0]->recurrent->linear_x->kernel.grad().clone());
    }
    EXPECT_LT(distance(gradients[0], gradients[1]), 1e-12 * gradients[0].abs().max().item<double>());
  }
}

// For some elements of every parameter.
TEST(Masked, GradientsEqualFiniteDifferences) {
  for (const auto blocks : {ReconstructionBlocks::kTRecViT, ReconstructionBlocks::kVit}) {
    for (const int64_t rows : {int64_t{1}, kFrames}) {
      const Fixture f(small_config(), {blocks, 16, 2, 2});
      const ModelConfig& c = f.network->config();
      const Visible visible = some_visible(c, rows, 4);
      const Tensor masked = hidden_of(visible, c).to(at::kDouble);
      const model::PixelTarget target = model::pixel_target(f.clips, c, /*normalised=*/true);
      const auto loss_now = [&] {
        Reconstruction::State state;
        const Tensor values = f.decoder->forward(f.network->encode(f.clips, visible), visible, kFrames, state);
        return ((values - target.values).square().mean(-1) * masked).sum() / masked.sum();
      };
      loss_now().backward();
      const at::NoGradGuard no_grad;
      const auto check = [&](const torch::nn::Module& module) {
        for (const auto& entry : module.named_parameters()) {
          if (entry.key().starts_with("decoder.")) continue;  // of the classifier
          ASSERT_TRUE(entry.value().grad().defined()) << entry.key();
          Tensor flat = entry.value().view(-1);
          const int64_t at = flat.numel() / 2;
          constexpr double kStep = 1e-5;
          const double before = flat[at].item<double>();
          flat[at] = before + kStep;
          const double above = loss_now().item<double>();
          flat[at] = before - kStep;
          const double below = loss_now().item<double>();
          flat[at] = before;
          const double numeric = (above - below) / (2 * kStep);
          // Differences of numbers near 1 keep ten digits after division by the step.
          EXPECT_NEAR(entry.value().grad().view(-1)[at].item<double>(), numeric, 1e-8 + 1e-6 * std::abs(numeric))
              << word_of(blocks) << " " << rows << " " << entry.key();
        }
      };
      check(*f.network);
      check(*f.decoder);
    }
  }
}

TEST(Masked, TargetsAreNormalisedByPatchAndChannel) {
  const ModelConfig c = small_config();
  const Tensor clips = at::rand({1, 2, c.image_height, c.image_width, 3}, at::kDouble);
  const model::PixelTarget target = model::pixel_target(clips, c, true);
  const Tensor by_channel = target.values.view({1, 2, c.patches(), c.patch_size * c.patch_size, 3});
  EXPECT_LT(by_channel.mean(3).abs().max().item<double>(), 1e-12);
  EXPECT_LT((by_channel.var(3) - 1).abs().max().item<double>(), 1e-4);  // the least deviation
  EXPECT_LT(distance(model::clips_of_patches(model::undo(target.values, target), c), clips), 1e-12);
  const model::PixelTarget raw = model::pixel_target(clips, c, false);
  EXPECT_TRUE(at::equal(raw.values, model::patches_of_clips(clips, c)));
  // A patch of one colour has a deviation of zero, but its values stay finite.
  EXPECT_TRUE(at::isfinite(model::pixel_target(at::ones_like(clips), c, true).values).all().item<bool>());
}

TEST(Masked, LossCountsMaskedPatchesOnly) {
  const Tensor values = at::zeros({1, 2, 3, 4}), target = at::zeros({1, 2, 3, 4});
  target[0][1][2] = at::tensor({1.0F, 1.0F, 2.0F, 2.0F});  // a mean square of 2.5
  target[0][0][0] = 1;
  Tensor masked = at::zeros({1, 2, 3});
  masked[0][1] = 1;
  EXPECT_NEAR(model::reconstruction_loss(values, target, masked).item<double>(), 2.5 / 3, 1e-6);
  EXPECT_NEAR(model::reconstruction_loss(values, target, {}).item<double>(), 3.5 / 6, 1e-6);
}

// Future frames consist of masked patches, so their content comes from the memory of the blocks.
TEST(Masked, FutureFramesNeedMemory) {
  const Fixture f(small_config());
  const at::NoGradGuard no_grad;
  const ModelConfig& c = f.network->config();
  const Visible first{at::arange(c.patches(), at::kLong).expand({kBatch, 1, -1}).contiguous(), 2};
  const Tensor seen = f.network->encode(f.clips, first);
  ASSERT_EQ(seen.size(1), 2);
  Reconstruction::State state;
  const Tensor values = f.decoder->forward(seen, first, kFrames, state);
  EXPECT_EQ(values.sizes(), at::IntArrayRef({kBatch, kFrames, c.patches(), c.patch_values()}));
  EXPECT_GT(distance(values.select(1, 4), values.select(1, 5)), 1e-6);
  EXPECT_GT(distance(values[0][5], values[1][5]), 1e-6) << "visible frames have no effect";
}

// If all patches are visible and equal, only their positions distinguish them.
TEST(Masked, VisiblePatchesHavePositions) {
  const Fixture f(small_config());
  const at::NoGradGuard no_grad;
  const ModelConfig& c = f.network->config();
  const Visible all{at::arange(c.patches(), at::kLong).expand({kBatch, 1, -1}).contiguous(), 1};
  const Tensor seen = at::ones({kBatch, 1, c.tokens(), c.width}, at::kDouble);
  Reconstruction::State state;
  const Tensor values = f.decoder->forward(seen, all, 1, state);
  for (int64_t patch = 1; patch < c.patches(); ++patch)
    EXPECT_GT(distance(values.select(2, patch), values.select(2, 0)), 1e-6) << patch;
}

// Encoder and reconstruction of tubes, with carried states, as one module with memory.
class MaskedModule {
 public:
  struct State {
    model::ModelState encoder;
    Reconstruction::State decoder;
  };
  MaskedModule(const ModelConfig& config, ReconstructionBlocks blocks)
      : fixture_(config, {blocks, 16, 2, 2}), visible_(some_visible(config, 1, 4)) {}

  int64_t frames() const { return kFrames; }
  State fresh() const { return {}; }
  std::vector<float> step(int64_t frame, State& state) const {
    const at::NoGradGuard no_grad;
    const Tensor seen = fixture_.network->encode_step(fixture_.clips.select(1, frame), visible_, state.encoder);
    return flat(seen, fixture_.decoder->step(seen, visible_, state.decoder));
  }
  std::vector<float> run(int64_t begin, int64_t end, State& state) const {
    const at::NoGradGuard no_grad;
    const Tensor seen =
        fixture_.network->encode(fixture_.clips.narrow(1, begin, end - begin), visible_, &state.encoder);
    const Tensor made = fixture_.decoder->forward(seen, visible_, end - begin, state.decoder);
    std::vector<float> all;
    for (int64_t t = 0; t < end - begin; ++t) {
      const auto one = flat(seen.select(1, t), made.select(1, t));
      all.insert(all.end(), one.begin(), one.end());
    }
    return all;
  }
  std::vector<float> contents(const State& state) const {
    std::vector<float> all{static_cast<float>(state.encoder.frames)};
    for (const auto* blocks : {&state.encoder.blocks, &state.decoder})
      for (const auto& block : *blocks) {
        const auto part = flat(block.h, block.conv);
        all.insert(all.end(), part.begin(), part.end());
      }
    return all;
  }
  void reset(State& state) const { state = {}; }
  State fork(const State& state) const { return state; }  // tensors are not written in place

 private:
  static std::vector<float> flat(const Tensor& a, const Tensor& b) {
    std::vector<float> all;
    for (const Tensor& tensor : {a, b}) {
      const auto more = values(tensor);
      all.insert(all.end(), more.begin(), more.end());
    }
    return all;
  }
  Fixture fixture_;
  Visible visible_;
};

TEST(Masked, StepEqualsClip) {
  constexpr double kRounded = 1e-6;  // both are rounded to float32 to be compared
  for (const Pool pool : {Pool::kCls, Pool::kGap}) {
    for (const auto blocks : {ReconstructionBlocks::kTRecViT, ReconstructionBlocks::kVit}) {
      MaskedModule module(small_config(pool), blocks);
      expect_step_equals_clip("masked " + std::string(word_of(blocks)), module, kRounded);
    }
  }
}

}  // namespace
}  // namespace trecvit::test
