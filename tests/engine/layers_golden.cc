// Single layers of the published implementation (tests/golden/layers.npz): the plain loops in float and in double, and
// the fused kernels of every provider, compared with its float64 run.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/engine_test.h"
#include "engine/layers_fused.h"
#include "support/near.h"

namespace trecvit::test {
namespace {

const LayerFile& file() {
  static const LayerFile layers;
  return layers;
}

// A case, and what computes it: "float" and "double" are the plain loops.
class GoldenLayer : public testing::TestWithParam<std::tuple<std::string, std::string>> {
 protected:
  std::string case_ = std::get<0>(GetParam()), who_ = std::get<1>(GetParam());

  // The kernels may differ from float64 by as much as the published float32 run does, or by 2e-5 if that is more; the
  // plain loops in float by twice as much as the published run, because they lose digits to cancellation in the same
  // places and another libm rounds differently there.
  void expect_near(const std::string& name, const std::vector<double>& got) {
    const auto exact = file().values<double>(case_ + "/f64/" + name);
    const Difference published = difference(file().values<double>(case_ + "/" + name), exact);
    const double as_published = (who_ == "float" ? 2 : 1) * published.worst;
    const double tolerance = who_ == "double" ? 1e-12 * std::max(1.0, published.scale) : std::max(2e-5, as_published);
    EXPECT_TRUE(near(case_ + "/" + name, got, exact, tolerance));
    std::printf("%s/%s %s: %.1e from float64 (published float32 %.1e, tolerance %.0e)\n", case_.c_str(), name.c_str(),
                who_.c_str(), difference(got, exact).worst, published.worst, tolerance);
  }
  const Kernels* kernels() const { return kernels_of(who_); }
  // The output of a case from the implementation under test.
  template <class Plain, class Fused>
  LayerOutputs compute(Plain plain, Fused fused) {
    if (who_ == "double") return plain(double{});
    if (who_ == "float") return plain(float{});
    return fused(*kernels());
  }
};

using Recurrence = GoldenLayer;
TEST_P(Recurrence, MatchesThePublishedRun) {
  const auto got = compute([&](auto real) { return plain_recurrence<decltype(real)>(file(), case_); },
                           [&](const Kernels& kernels) { return fused_recurrence(file(), case_, kernels); });
  expect_near("y", got.outputs);
  expect_near("h_last", got.memory);
}

using Convolution = GoldenLayer;
TEST_P(Convolution, MatchesThePublishedRun) {
  const auto got = compute([&](auto real) { return plain_convolution<decltype(real)>(file(), case_); },
                           [&](const Kernels& kernels) { return fused_convolution(file(), case_, kernels); });
  expect_near("y", got.outputs);
  if (!got.memory.empty()) {
    EXPECT_TRUE(bit_equal("state", got.memory, file().values<double>(case_ + "/state")));
  }
}

using Stateless = GoldenLayer;
TEST_P(Stateless, MatchesThePublishedRun) {
  const auto got = compute([&](auto real) { return plain_layer<decltype(real)>(file(), case_); },
                           [&](const Kernels& kernels) { return fused_layer(file(), case_, kernels); });
  expect_near(case_.starts_with("sincos") ? "pe" : "y", got.outputs);
}

std::vector<std::string> everyone() {
  std::vector<std::string> names{"float", "double"};
  for (const auto& provider : fused_provider_names()) names.push_back(provider);
  return names;
}
std::string name_of_test(const testing::TestParamInfo<GoldenLayer::ParamType>& test) {
  return std::get<0>(test.param) + "_" + std::get<1>(test.param);
}

INSTANTIATE_TEST_SUITE_P(Published, Recurrence,
                         testing::Combine(testing::Values("rglru_reset", "rglru_extreme", "rglru_state", "rglru_one"),
                                          testing::ValuesIn(everyone())),
                         name_of_test);
INSTANTIATE_TEST_SUITE_P(Published, Convolution,
                         testing::Combine(testing::Values("conv_clip", "conv_short", "conv_docs", "conv_cached"),
                                          testing::ValuesIn(everyone())),
                         name_of_test);
INSTANTIATE_TEST_SUITE_P(Published, Stateless,
                         testing::Combine(testing::Values("rmsnorm", "layernorm", "layernorm_tiny", "layernorm_offset",
                                                          "mha", "gelu"),
                                          testing::ValuesIn(everyone())),
                         name_of_test);
INSTANTIATE_TEST_SUITE_P(Positions, Stateless,
                         testing::Combine(testing::Values("sincos_14x14x32", "sincos_3x5x16"),
                                          testing::Values("float", "double")),
                         name_of_test);

}  // namespace
}  // namespace trecvit::test
