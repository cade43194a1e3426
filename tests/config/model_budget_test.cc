// What a model may ask for.
#include "trecvit/config/model_budget.h"

#include <gtest/gtest.h>

#include "support/errors.h"

namespace trecvit::test {
namespace {

TEST(ModelBudget, EveryPublishedSizeFitsAtTwiceItsSide) {
  for (const auto& name : named_model_configs()) {
    ModelConfig config = named_model_config(name);
    config.image_height *= 2;
    config.image_width *= 2;
    EXPECT_NO_THROW(check_budget(config, {}, "model")) << name;
    const ModelBudget usual;
    EXPECT_LT(3 * config.tokens(), usual.tokens) << name;
    EXPECT_LT(3 * config.flops_per_frame() / 1e9, usual.gflops_per_frame) << name;
    EXPECT_LT(3 * memory_of(config) / 1e9, usual.memory_gb) << name;
  }
}

TEST(ModelBudget, ErrorsNameTheLimitAndTheOption) {
  ModelConfig config = named_model_config("mu");
  config.position = Position::kSincos2d;
  config.image_height = config.image_width = 16 * 1000;  // a million tokens
  expect_error(ErrorKind::kInput,
               {"[folder]", "1000001 tokens", "limit 16384", "GFLOP", "limit 1e+04", "--max-tokens", "--max-gflops"},
               [&] { check_budget(config, {}, "folder"); });
  const double gflops = config.flops_per_frame() / 1e9, memory = memory_of(config) / 1e9;
  EXPECT_NO_THROW(check_budget(config, {1'000'001, gflops, memory}, "folder"));
  expect_error(ErrorKind::kInput, {"1000001 tokens", "--max-tokens"},
               [&] { check_budget(config, {1'000'000, gflops, memory}, "folder"); });
  expect_error(ErrorKind::kInput, {"GFLOP", "--max-gflops"},
               [&] { check_budget(config, {1'000'001, 0.999 * gflops, memory}, "folder"); });
  expect_error(ErrorKind::kInput, {"GB of memory", "--max-memory"},
               [&] { check_budget(config, {1'000'001, gflops, 0.999 * memory}, "folder"); });
}

TEST(ModelBudget, MemoryIsThatOfWeightsStateAndFrame) {
  const ModelConfig config = named_model_config("B");
  const double weights = 4.0 * static_cast<double>(config.parameter_count());
  const double state = 4.0 * static_cast<double>(config.state_floats());
  EXPECT_GT(memory_of(config), weights + state);
  EXPECT_LT(memory_of(config), 1.1 * (weights + state));
}

}  // namespace
}  // namespace trecvit::test
