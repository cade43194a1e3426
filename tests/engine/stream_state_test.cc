// Stream states as values.
#include "trecvit/engine/stream_state.h"

#include <gtest/gtest.h>

#include "engine/engine_module.h"

namespace trecvit::test {
namespace {

class StreamStateTest : public testing::Test {
 protected:
  void step(StreamState& state, int64_t frames) {
    for (int64_t t = 0; t < frames; ++t) module_.step(t, state);
  }

  ModelConfig config_ = small_config();
  EngineModule module_{make_model(config_, provider_names().back()), 1, 8};
};

TEST_F(StreamStateTest, ResetLeavesNothingBehind) {
  StreamState state = module_.fresh();
  const auto empty = module_.contents(state);
  EXPECT_EQ(empty, std::vector<float>(empty.size()));
  step(state, 8);
  EXPECT_NE(module_.contents(state), empty);
  state.reset();
  EXPECT_EQ(module_.contents(state), empty);
}

TEST_F(StreamStateTest, ForkIsACopy) {
  StreamState state = module_.fresh();
  step(state, 5);
  const auto before = module_.contents(state);
  StreamState fork = state.fork();
  EXPECT_EQ(module_.contents(fork), before);
  EXPECT_EQ(fork.model_fingerprint(), state.model_fingerprint());
  step(fork, 3);
  change_memory(fork, [](HostState& memory) { memory.h.as<float>()[0] = 77; });
  EXPECT_EQ(module_.contents(state), before);
  fork = module_.fresh();
  EXPECT_EQ(module_.contents(state), before);
}

TEST_F(StreamStateTest, SizeIsWhatTheConfigSays) {
  const StreamState state = module_.fresh();
  EXPECT_EQ(state.bytes(), static_cast<size_t>(config_.state_floats()) * sizeof(float));
}

}  // namespace
}  // namespace trecvit::test
