// A step allocates nothing.
#include <gtest/gtest.h>

#include "engine/engine_test.h"
#include "support/counted_allocations.h"
#include "trecvit/engine/engine.h"
#include "trecvit/engine/ring_memory.h"

namespace trecvit::test {
namespace {

class Allocations : public testing::TestWithParam<std::tuple<std::string, std::string, int>> {
 protected:
  void SetUp() override {
    if (!TRECVIT_COUNTS_ALLOCATIONS) GTEST_SKIP() << "allocations cannot be counted in this build";
  }
};

TEST_P(Allocations, NoneInAStep) {
  const auto& [provider, readout, threads] = GetParam();
  const ModelConfig config = small_config();
  const auto model = make_model(config, provider);
  Engine engine(model, threads);
  StreamState state = model->make_state(parse_readout(readout, "test"));
  constexpr int kFrames = 130;  // at 100 frames per second; the window of one second wraps around
  const auto frames = noise_frames(config, kFrames);
  const auto frame = [&](size_t t) {
    return std::span(frames).subspan(t * frame_floats(config), frame_floats(config));
  };
  engine.step(frame(0), state, 0);
  const int64_t counted = allocations_of([&] {
    for (size_t t = 1; t < kFrames; ++t) engine.step(frame(t), state, 0.01 * static_cast<double>(t));
  });
  EXPECT_EQ(counted, 0);
  EXPECT_EQ(allocations_of([&] {
              state.reset();
              engine.step(frame(1), state, 0);
            }),
            0)
      << "a reset stream starts again without the heap";
}

TEST_P(Allocations, NoneOnceAnEngineHadAsManyStreams) {
  const auto& [provider, readout, threads] = GetParam();
  const ModelConfig config = small_config();
  const auto model = make_model(config, provider);
  Engine engine(model, threads);
  StreamState first = model->make_state(parse_readout(readout, "test")), second = first.fork();
  const auto frame = noise_frames(config, 1);
  const std::vector<StreamFrame> streams = {{frame, &first, 0, nullptr}, {frame, &second, 0, nullptr}};
  engine.step(streams);
  EXPECT_EQ(allocations_of([&] { engine.step(streams); }), 0);
}

TEST_P(Allocations, AreCounted) {
  EXPECT_GT(allocations_of([] { const RingMemory memory(small_config(), 5); }), 1);
  EXPECT_GT(allocations_of([] { std::vector<char> heap(1000); }), 0);
  EXPECT_GT(allocations_of([] { const Array<float> mapped(10); }), 0);
}

INSTANTIATE_TEST_SUITE_P(Fused, Allocations,
                         testing::Combine(testing::ValuesIn(fused_provider_names()),
                                          testing::Values("mean", "last", "ema=0.5", "window=1"),
                                          testing::Values(1, 2)),
                         [](const auto& test) {
                           const std::string readout = std::get<1>(test.param);
                           return std::get<0>(test.param) + "_" + readout.substr(0, readout.find('=')) + "_" +
                                  std::to_string(std::get<2>(test.param));
                         });

}  // namespace
}  // namespace trecvit::test
