// One definition, two executions: engine and trainable model on one input, for every configuration of the fixtures. The
// first tap that differs is named, in the order of the computation.
#include <gtest/gtest.h>

#include "engine/engine_test.h"
#include "model/model_test.h"
#include "support/near.h"
#include "support/tap_collector.h"
#include "trecvit/engine/engine.h"

namespace trecvit::test {
namespace {

// Two float32 computations with different orders of summation; each may be this far from the published one.
constexpr double kSmallTolerance = 2e-5, kLargeTolerance = 1e-4;

using Taps = std::map<std::string, std::vector<float>>;

Taps taps_of_engine(const GoldenCase& golden, const std::vector<float>& video, const std::string& provider) {
  const auto model = make_model(golden.config, provider, golden.seed);
  Engine engine(model, 2);
  StreamState state = model->make_state();
  TapCollector taps;
  engine.run(video, state, {}, &taps);
  return taps.values();
}

Taps taps_of_model(const GoldenCase& golden, const std::vector<float>& video) {
  const at::NoGradGuard no_grad;
  const auto model = make_model(golden.config, golden.seed);
  const ModelConfig& c = golden.config;
  Taps taps;
  model::ForwardOptions options;
  options.tap = [&taps](const std::string& name, const Tensor& value) {
    const Tensor flat = value.contiguous();
    taps[name].assign(flat.const_data_ptr<float>(), flat.const_data_ptr<float>() + flat.numel());
  };
  const Tensor clip =
      at::from_blob(const_cast<float*>(video.data()), {1, golden.frames, c.image_height, c.image_width, 3});
  model->forward(clip, nullptr, options);
  return taps;
}

class Executions : public testing::TestWithParam<std::tuple<std::string, std::string>> {};

TEST_P(Executions, AgreeInEveryTap) {
  const auto& [name, provider] = GetParam();
  const GoldenCase golden = golden_case(name);
  const double tolerance = golden.summary() ? kLargeTolerance : kSmallTolerance;
  const auto video = golden_video(golden, 0);
  const Taps engine = taps_of_engine(golden, video, provider), model = taps_of_model(golden, video);
  const auto order = provider == "reference" ? all_taps(golden.config) : outer_taps(golden.config);
  EXPECT_EQ(engine.size(), order.size());
  EXPECT_EQ(model.size(), all_taps(golden.config).size());
  double worst = 0;
  for (const auto& tap : order) {
    ASSERT_TRUE(engine.contains(tap.name) && model.contains(tap.name)) << tap.name;
    ASSERT_TRUE(near(tap.name, model.at(tap.name), engine.at(tap.name), tolerance)) << "the first tap that differs";
    worst = std::max(worst, difference(model.at(tap.name), engine.at(tap.name)).worst);
  }
  std::printf("%s, model and %s: %zu taps, at most %.1e apart (tolerance %.0e)\n", name.c_str(), provider.c_str(),
              order.size(), worst, tolerance);
}

INSTANTIATE_TEST_SUITE_P(Golden, Executions,
                         testing::Combine(testing::ValuesIn(golden_case_names()), testing::ValuesIn(provider_names())),
                         [](const auto& test) { return std::get<0>(test.param) + "_" + std::get<1>(test.param); });

}  // namespace
}  // namespace trecvit::test
