// The memories of all providers compared with their host form, and frames undone.
#include "trecvit/engine/stream_memory.h"

#include <gtest/gtest.h>

#include <numeric>

#include "engine/engine_module.h"
#include "trecvit/engine/plain_memory.h"
#include "trecvit/engine/ring_memory.h"

namespace trecvit::test {
namespace {

bool same(const HostState& a, const HostState& b) {
  return a.frames == b.frames && a.h.shape() == b.h.shape() && a.conv.shape() == b.conv.shape() &&
         std::ranges::equal(a.h.as<float>(), b.h.as<float>()) &&
         std::ranges::equal(a.conv.as<float>(), b.conv.as<float>());
}

// Numbers that all differ.
HostState numbered(const StreamMemory& memory, int64_t frames) {
  HostState state = memory.to_host();
  state.frames = frames;
  std::iota(state.h.as<float>().begin(), state.h.as<float>().end(), 1.0f);
  std::iota(state.conv.as<float>().begin(), state.conv.as<float>().end(), 10'001.0f);
  return state;
}

class MemoryTest : public testing::TestWithParam<std::string> {
 protected:
  ModelConfig config_ = small_config();
  std::shared_ptr<const Model> model_ = make_model(config_, GetParam());
  const Encoder& encoder_ = *model_->network().encoder;
};

TEST_P(MemoryTest, GoesToTheHostAndBack) {
  for (const int64_t taps : {1, 2, 4}) {
    config_.conv1d_width = taps;
    const auto model = make_model(config_, GetParam());
    for (const int64_t tokens : {1, 7}) {
      const auto memory = model->network().encoder->make_memory(tokens);
      const HostState state = numbered(*memory, 12);
      EXPECT_EQ(state.h.shape(), (Shape{config_.depth, tokens, config_.lru_width}));
      EXPECT_EQ(state.conv.shape(), (Shape{config_.depth, taps - 1, tokens, config_.lru_width}));
      memory->from_host(state);
      EXPECT_TRUE(same(memory->to_host(), state)) << taps << " " << tokens;
      const auto copy = memory->clone();
      memory->reset();
      EXPECT_TRUE(same(copy->to_host(), state)) << taps << " " << tokens;
      EXPECT_EQ(memory->frames(), 0);
      EXPECT_EQ(memory->tokens(), tokens);
      EXPECT_EQ(memory->bytes(), state.h.bytes() + state.conv.bytes());
      EXPECT_EQ(memory->bytes(), model->network().encoder->memory_bytes(tokens));
    }
    EXPECT_EQ(model->state_bytes(), model->make_state().bytes());
  }
}

// Regardless of the position of a ring, the newest input comes last.
TEST_P(MemoryTest, HostFormIsOldestFirst) {
  const auto memory = encoder_.make_memory(1);
  const auto workspace = encoder_.make_workspace(1);
  std::vector<float> newest;
  for (int64_t t = 0; t < 7; ++t) {
    const HostState before = memory->to_host();
    std::vector<float> tokens(static_cast<size_t>(config_.width), static_cast<float>(t));
    tokens[0] = 1;
    const StreamTokens stream{tokens.data(), memory.get()};
    encoder_.step({&stream, 1}, *workspace);
    const HostState after = memory->to_host();
    const auto slot = [&](const HostState& state, int64_t block, int64_t index) {
      const auto r = static_cast<size_t>(config_.lru_width);
      return state.conv.as<float>().subspan(static_cast<size_t>(block * 3 + index) * r, r);
    };
    for (int64_t block = 0; block < config_.depth; ++block) {
      for (const int64_t index : {0, 1})
        EXPECT_TRUE(std::ranges::equal(slot(after, block, index), slot(before, block, index + 1))) << t << " " << block;
      EXPECT_FALSE(std::ranges::equal(slot(after, block, 2), slot(before, block, 2))) << t << " " << block;
    }
    EXPECT_EQ(after.frames, t + 1);
  }
}

TEST_P(MemoryTest, UndoesAFrame) {
  const auto memory = encoder_.make_memory(config_.tokens());
  const auto undo = encoder_.make_undo(config_.tokens());
  const auto workspace = encoder_.make_workspace(1);
  const auto step = [&] {
    std::vector<float> tokens(static_cast<size_t>(config_.tokens() * config_.width), 0.5f);
    tokens[3] = static_cast<float>(memory->frames());
    const StreamTokens stream{tokens.data(), memory.get()};
    encoder_.step({&stream, 1}, *workspace);
  };
  for (int t = 0; t < 6; ++t) {
    const HostState before = memory->to_host();
    undo->keep(*memory);
    step();
    const HostState after = memory->to_host();
    EXPECT_FALSE(same(after, before));
    undo->restore(*memory);
    EXPECT_TRUE(same(memory->to_host(), before)) << t;
    step();
    EXPECT_TRUE(same(memory->to_host(), after)) << t;
  }
}

INSTANTIATE_TEST_SUITE_P(Providers, MemoryTest, testing::ValuesIn(provider_names()),
                         [](const auto& test) { return test.param; });

TEST(StreamMemory, MovesBetweenForms) {
  const ModelConfig config = small_config();
  RingMemory ring(config, config.tokens());
  PlainMemory plain(config, config.tokens());
  const HostState state = numbered(ring, 5);
  ring.from_host(state);
  plain.from_host(ring.to_host());
  EXPECT_TRUE(same(plain.to_host(), state));
  const auto width = static_cast<size_t>(config.lru_width);
  // Token 1, second-oldest input: in the plain form, consecutive rows belong to one token.
  EXPECT_TRUE(
      std::ranges::equal(std::span(plain.conv(0) + 4 * width, width), std::span(ring.conv_slot(0, 1) + width, width)));
}

TEST(StreamMemory, AStateMovesWithItsReadout) {
  const auto model = make_model(small_config(), provider_names().back()),
             other = make_model(small_config(), "reference");
  StreamState state = model->make_state();
  Engine engine(model), plain(other);
  const auto frames = noise_frames(small_config(), 2);
  const auto frame = std::span(frames).first(frame_floats(small_config()));
  engine.step(frame, state);
  const HostState before = state.memory().to_host();
  state.move_to(*other->network().encoder);
  EXPECT_TRUE(other->network().encoder->reads(state.memory()));
  EXPECT_TRUE(same(state.memory().to_host(), before));
  const StreamMemory* there = &state.memory();
  state.move_to(*other->network().encoder);
  EXPECT_EQ(&state.memory(), there) << "it is there already";
  plain.step(frame, state);
  EXPECT_EQ(state.frames(), 2);
}

}  // namespace
}  // namespace trecvit::test
