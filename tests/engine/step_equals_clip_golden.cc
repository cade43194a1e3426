// Steps, chunks and whole clip of the published model sizes agree bit for bit.
#include "support/step_equals_clip.h"

#include <gtest/gtest.h>

#include "engine/engine_module.h"
#include "support/golden.h"

namespace trecvit::test {
namespace {

class StepEqualsClipGolden : public testing::TestWithParam<std::tuple<std::string, std::string>> {};

TEST_P(StepEqualsClipGolden, BitForBit) {
  const auto& [name, provider] = GetParam();
  const GoldenCase golden = golden_case(name);
  const auto model = make_model(golden.config, provider, golden.seed);
  EngineModule one(model, 1, golden.frames), two(model, 2, golden.frames), three(model, 3, golden.frames);
  expect_step_equals_clip(name + " " + provider, two, 0.0);
  const auto outputs = [](EngineModule& module) { return Walker<EngineModule>(module, 1).whole().outputs; };
  const auto want = outputs(two);
  EXPECT_TRUE(bit_equal("one thread", outputs(one), want));
  EXPECT_TRUE(bit_equal("three threads", outputs(three), want));
}

INSTANTIATE_TEST_SUITE_P(Golden, StepEqualsClipGolden,
                         testing::Combine(testing::Values("mu_224", "ti_2d", "b_2d"),
                                          testing::ValuesIn(fused_provider_names())),
                         [](const auto& test) { return std::get<0>(test.param) + "_" + std::get<1>(test.param); });
INSTANTIATE_TEST_SUITE_P(Reference, StepEqualsClipGolden, testing::Values(std::tuple{"mu_224", "reference"}),
                         [](const auto& test) { return std::get<0>(test.param) + "_" + std::get<1>(test.param); });

}  // namespace
}  // namespace trecvit::test
