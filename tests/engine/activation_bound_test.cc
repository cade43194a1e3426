// The proven bound on the values in a step: it is above the actual values, and not claimed where it does not hold.
#include "trecvit/engine/activation_bound.h"

#include <gtest/gtest.h>

#include <cmath>

#include "engine/changed_weights.h"
#include "engine/engine_module.h"
#include "support/tap_collector.h"
#include "trecvit/engine/magnitude.h"
#include "trecvit/engine/reference_ops.h"
#include "trecvit/weights/tensor_table.h"

namespace trecvit::test {
namespace {

constexpr float kHuge = 3e38f;

std::map<std::string, float> column_sums(const ModelConfig& config, const WeightSource& weights) {
  std::map<std::string, float> sums;
  for (const auto& spec : tensor_table(config)) {
    const HostTensor tensor = weights.read(spec.name);
    sums[spec.name] = largest_column_sum(tensor.as<float>(), static_cast<size_t>(spec.shape.back()));
  }
  return sums;
}

TEST(LargestMagnitude, HandlesSignsAndNaN) {
  EXPECT_EQ(largest_magnitude({}), 0.0f);
  EXPECT_EQ(largest_magnitude(std::vector<float>{1, -3, 2}), 3.0f);
  EXPECT_EQ(largest_magnitude(std::vector<float>{-0.0f, 1e-45f}), 1e-45f);
  EXPECT_TRUE(std::isinf(largest_magnitude(std::vector<float>{1, -INFINITY, 2})));
  EXPECT_TRUE(std::isnan(largest_magnitude(std::vector<float>{INFINITY, -NAN, 2})));
  EXPECT_TRUE(all_finite(std::vector<float>{kHuge, -kHuge}));
  EXPECT_FALSE(all_finite(std::vector<float>{0, 0, NAN}));
  EXPECT_FALSE(all_finite(std::vector<float>{-INFINITY}));
}

TEST(ColumnSum, IsTheLargestOverTheLastAxis) {
  EXPECT_EQ(largest_column_sum(std::vector<float>{1, -2, 3, -4, 0, 1}, 3), 5.0f);
  EXPECT_EQ(largest_column_sum(std::vector<float>{1, -2, 3, -4, 0, 1}, 6), 4.0f);
  EXPECT_TRUE(std::isinf(largest_column_sum(std::vector<float>{1, NAN}, 1)));
  EXPECT_TRUE(std::isinf(largest_column_sum(std::vector<float>{kHuge, kHuge}, 1)));
  EXPECT_TRUE(std::isinf(largest_column_sum(std::vector<float>{NAN, 1, 2, 3}, 2)));
}

std::vector<ModelConfig> bounded_configs() {
  std::vector<ModelConfig> all(4, small_config());
  all[1].pool = Pool::kGap;
  all[2].position = Position::kSincos2d;
  all[3].input_scale = InputScale::kConvex;
  return all;
}

TEST(ActivationBound, CoversActualValues) {
  for (const ModelConfig& config : bounded_configs()) {
    for (const float factor : {0.1f, 1.0f, 10.0f, 1000.0f}) {
      const ChangedWeights weights(config, [factor](const std::string& name, std::span<float> values) {
        if (name.ends_with("a_param")) return;  // unchanged: memory of every length
        for (float& value : values) value *= factor;
      });
      const ActivationBound bound = activation_bound(config, column_sums(config, weights));
      ASSERT_TRUE(bound.holds) << factor;
      const auto model = Model::make(config, weights, {"reference"});
      EXPECT_TRUE(model->always_finite());
      Engine engine(model);
      StreamState state = model->make_state();
      TapCollector taps;
      const auto frames = noise_frames(config, 20);
      for (size_t t = 0; t < 20; ++t)
        engine.step(std::span(frames).subspan(t * frame_floats(config), frame_floats(config)), state, 0, &taps);
      for (const auto& [name, values] : taps.values()) {
        ASSERT_TRUE(all_finite(values)) << name;
        if (name.ends_with(".h")) {
          EXPECT_LE(largest_magnitude(values), bound.hidden) << name << " " << factor;
        }
        if (name.ends_with(".x")) {
          EXPECT_LE(largest_magnitude(values), bound.conv) << name << " " << factor;
        }
      }
    }
  }
}

// The slowest memories with the largest input, as float32 rounds them.
TEST(ActivationBound, MemoryStaysBelowTheBound) {
  double largest = 0;
  for (double exponent = -4; exponent > -9; exponent -= 0.25) {
    const auto decay = static_cast<float>(-std::pow(10, exponent));
    for (const bool convex : {false, true}) {
      float h = 1;
      for (int t = 0; t < 300'000; ++t) h = reference::recur(h, 1.0f, 1.0f, 1.0f, decay, false, convex);
      largest = std::max(largest, static_cast<double>(h));
    }
  }
  EXPECT_LT(largest, 32768);
  EXPECT_GT(largest, 300) << "the frames were enough for memory to matter";
}

TEST(ActivationBound, EveryTensorCounts) {
  const ModelConfig config = small_config();
  for (const auto& spec : tensor_table(config)) {
    auto sums = column_sums(config, *generated_weights(config, 1));
    ASSERT_TRUE(activation_bound(config, sums).holds);
    sums[spec.name] = kHuge;
    const ActivationBound bound = activation_bound(config, sums);
    EXPECT_FALSE(bound.holds) << spec.name;
    EXPECT_EQ(bound.hidden, std::numeric_limits<float>::max());
    EXPECT_EQ(bound.conv, std::numeric_limits<float>::max());
  }
}

// Far larger weights than training produces, in every published model at four times its depth (at most kMaxDepth).
TEST(ActivationBound, HoldsForTrainedWeightsOfEverySize) {
  for (const auto& name : named_model_configs()) {
    ModelConfig config = named_model_config(name);
    config.depth = std::min<int64_t>(4 * config.depth, kMaxDepth);
    std::map<std::string, float> sums;
    for (const auto& spec : tensor_table(config)) sums[spec.name] = spec.name.ends_with(".kernel") ? 1000.0f : 30.0f;
    EXPECT_TRUE(activation_bound(config, sums).holds) << name;
  }
}

TEST(PixelBound, FollowsTheScaleOfBytes) {
  ModelConfig config = small_config();
  EXPECT_NEAR(pixel_bound(config), 1, 0.01);
  config.preprocess.scale = 1;
  EXPECT_NEAR(pixel_bound(config), 255, 1);
  config.preprocess.scale = 1e-6;
  EXPECT_NEAR(pixel_bound(config), 1, 0.01) << "float frames are not scaled";
}

}  // namespace
}  // namespace trecvit::test
