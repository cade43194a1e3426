// The trainable model frame by frame, in chunks, after a reset and forked, compared with the whole clip.
#include "support/step_equals_clip.h"

#include <gtest/gtest.h>

#include "model/model_test.h"

namespace trecvit::test {
namespace {

// In float64 the orders of a few sums differ, and the comparison rounds to float32. In float32 the order of summation
// has its effect through two blocks.
constexpr double kDoubleWalks = 1e-6, kFloatWalks = 1e-5;

class ModelModule {
 public:
  using State = model::ModelState;

  ModelModule(const ModelConfig& config, at::ScalarType type, model::Recurrence recurrence = model::Recurrence::kFused)
      : model_(make_model(config, 5)) {
    options_.recurrence = recurrence;
    model_->to(type);
    at::manual_seed(1);
    clip_ = at::rand({2, kFrames, config.image_height, config.image_width, 3}, at::kDouble).to(type);
  }

  int64_t frames() const { return kFrames; }
  State fresh() const { return {}; }
  std::vector<float> step(int64_t frame, State& state) const {
    const at::NoGradGuard no_grad;
    if (before_step) before_step(state);
    return flat(model_->step(clip_.select(1, frame), state));
  }
  std::vector<float> run(int64_t begin, int64_t end, State& state) const {
    const at::NoGradGuard no_grad;
    const auto out = model_->forward(clip_.narrow(1, begin, end - begin), &state, options_);
    std::vector<float> all;
    for (int64_t t = 0; t < end - begin; ++t) {
      const auto frame = flat(
          {out.tokens.select(1, t), out.features.select(1, t), out.pre_logits.select(1, t), out.logits.select(1, t)});
      all.insert(all.end(), frame.begin(), frame.end());
    }
    return all;
  }
  std::vector<float> contents(const State& state) const {
    std::vector<float> all{static_cast<float>(state.frames)};
    append(all, state.feature_sum);
    for (const auto& block : state.blocks) {
      append(all, block.h);
      append(all, block.conv);
    }
    return all;
  }
  void reset(State& state) const { state = {}; }
  State fork(const State& state) const { return state; }  // no tensor is changed in place

  std::function<void(State&)> before_step;

 private:
  static constexpr int64_t kFrames = 9;
  static std::vector<float> flat(const model::Output& out) {
    std::vector<float> all;
    for (const auto& part : {out.tokens, out.features, out.pre_logits, out.logits}) append(all, part);
    return all;
  }
  static void append(std::vector<float>& all, const Tensor& tensor) {
    const auto more = values(tensor);
    all.insert(all.end(), more.begin(), more.end());
  }

  std::shared_ptr<model::TRecViT> model_;
  model::ForwardOptions options_;
  Tensor clip_;
};

std::vector<std::pair<std::string, ModelConfig>> configs() {
  std::vector<std::pair<std::string, ModelConfig>> all;
  for (const char* name : {"mu_2d", "mu_1d", "mu_gap", "mu_sincos", "mu_rect"})
    all.emplace_back(name, golden_case(name).config);
  for (const int64_t taps : {1, 2, 5, 12}) {  // 12: longer than the clip
    all.emplace_back("taps" + std::to_string(taps), golden_case("mu_2d").config);
    all.back().second.conv1d_width = taps;
  }
  all.emplace_back("convex", golden_case("mu_2d").config);
  all.back().second.input_scale = InputScale::kConvex;
  return all;
}

TEST(ModelStepEqualsClip, EveryConfig) {
  for (const auto& [name, config] : configs()) {
    ModelModule exact(config, at::kDouble), ordinary(config, at::kFloat);
    expect_step_equals_clip(name + " float64", exact, kDoubleWalks);
    expect_step_equals_clip(name + " float32", ordinary, kFloatWalks);
    ModelModule plain(config, at::kDouble, model::Recurrence::kPlain);
    expect_step_equals_clip(name + " float64, plain operators", plain, kDoubleWalks);
  }
}

TEST(ModelStepEqualsClip, DetectsBrokenMemory) {
  const ModelConfig config = golden_case("mu_2d").config;
  const std::pair<const char*, std::function<void(model::ModelState&)>> mistakes[] = {
      {"usual rule at position 0",
       [&](model::ModelState& state) {
         if (state.frames > 0) return;
         state.blocks.resize(2);
         for (auto& block : state.blocks) {
           block.h = at::zeros({2, config.tokens(), config.lru_width}, at::kDouble);
           block.conv = at::zeros({2, 3, config.tokens(), config.lru_width}, at::kDouble);
         }
       }},
      {"history forgotten",
       [](model::ModelState& state) {
         if (state.frames > 0) state.blocks[0].conv = at::zeros_like(state.blocks[0].conv);
       }},
      {"history in the wrong order", [](model::ModelState& state) {
         if (state.frames > 0) state.blocks[0].conv = state.blocks[0].conv.flip(1);
       }}};
  for (const auto& [mistake, breaks] : mistakes) {
    ModelModule module(config, at::kDouble);
    module.before_step = breaks;
    int concerned = 0;
    for (const auto& walk : Walker<ModelModule>(module, 1).compare()) {
      const bool stepped = walk.walk == "frame by frame" || walk.walk == "after a reset";
      if (!stepped) continue;
      ++concerned;
      EXPECT_GT(walk.outputs, 1e-3) << mistake << ", " << walk.walk;
    }
    EXPECT_EQ(concerned, 2);
  }
}

}  // namespace
}  // namespace trecvit::test
