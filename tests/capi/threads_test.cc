#include <atomic>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <thread>

#include "capi/capi_test.h"
#include "capi/held_step.h"
#include "support/temp_dir.h"

namespace trecvit::test {
namespace {

std::vector<std::vector<float>> stream(const ModelHandle& model, uint32_t seed, int threads = 1) {
  const auto engine = new_engine(model, threads);
  const auto state = new_state(model);
  std::vector<std::vector<float>> logits;
  for (uint32_t frame = 0; frame < 6; ++frame) logits.push_back(step(engine, state, seed * 100 + frame));
  return logits;
}

TEST(Threads, ShareAModel) {
  constexpr uint32_t kStreams = 4;
  const auto model = small_model("auto");
  std::vector<std::vector<std::vector<float>>> alone, together(kStreams);
  for (uint32_t i = 0; i < kStreams; ++i) alone.push_back(stream(model, i));
  std::vector<std::thread> threads;
  for (uint32_t i = 0; i < kStreams; ++i) threads.emplace_back([&, i] { together[i] = stream(model, i); });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(together, alone);
}

TEST(Threads, OfAnEngineDoNotChangeResults) {
  const auto model = small_model("auto");
  EXPECT_EQ(stream(model, 1, 3), stream(model, 1, 1));
}

TEST(Threads, HaveTheirOwnLastError) {
  trecvit_model_free(nullptr);
  expect_failure(trecvit_state_reset(nullptr), TRECVIT_USAGE, {"trecvit_state_reset"});
  std::thread([] {
    EXPECT_STREQ(trecvit_last_error(), "");
    expect_failure(trecvit_state_fork(nullptr, nullptr), TRECVIT_USAGE, {"trecvit_state_fork"});
  }).join();
  EXPECT_NE(std::string(trecvit_last_error()).find("trecvit_state_reset"), std::string::npos);
}

TEST(Threads, CanTakeTurns) {
  const auto model = small_model("auto");
  const auto engine = new_engine(model);
  const auto state = new_state(model);
  std::vector<std::vector<float>> logits;
  for (uint32_t frame = 0; frame < 6; ++frame) {
    std::thread([&] { logits.push_back(step(engine, state, 100 + frame)); }).join();
  }
  EXPECT_EQ(logits, stream(model, 1));
}

// While one thread is in the middle of a step.
class InUse : public testing::Test {
 protected:
  // state_ and engine_ are those in use; other_state_ goes the same way undisturbed.
  ModelHandle model_ = small_model();
  EngineHandle engine_ = new_engine(model_), other_engine_ = new_engine(model_);
  StateHandle state_ = new_state(model_), other_state_ = new_state(model_);
};

TEST_F(InUse, StateIsRefusedToEveryOtherCall) {
  const TempDir dir;
  const std::string before = dir.file("before"), during = dir.file("during");
  step(engine_, state_, 1);
  step(other_engine_, other_state_, 1);
  expect_ok(trecvit_state_save(state_.get(), before.c_str(), 0));
  HeldStep held(engine_, state_, 2);
  const auto expect_refused = [](trecvit_status status, const char* function) {
    expect_failure(status, TRECVIT_USAGE, {function, "expected a state", "no other thread"});
  };

  expect_refused(trecvit_state_save(state_.get(), during.c_str(), 0), "trecvit_state_save");
  EXPECT_FALSE(std::filesystem::exists(during));
  trecvit_state* copy = other_state_.get();
  expect_refused(trecvit_state_fork(state_.get(), &copy), "trecvit_state_fork");
  EXPECT_EQ(copy, nullptr);
  expect_refused(trecvit_state_load(state_.get(), before.c_str()), "trecvit_state_load");
  expect_refused(trecvit_state_reset(state_.get()), "trecvit_state_reset");
  const auto pixels = small_frame(3);
  const auto image = small_image(pixels);
  trecvit_result result = TRECVIT_RESULT_INIT;
  expect_refused(trecvit_engine_step(other_engine_.get(), state_.get(), &image, 0, &result), "trecvit_engine_step");
  EXPECT_EQ(result.logits, nullptr);
  EXPECT_EQ(trecvit_state_frames(state_.get()), -1);
  expect_refused(TRECVIT_USAGE, "trecvit_state_frames");
  EXPECT_EQ(trecvit_state_bytes(state_.get()), -1);
  expect_refused(TRECVIT_USAGE, "trecvit_state_bytes");

  // The refused step has released its engine, and the step in progress is undisturbed.
  const auto want = step(other_engine_, other_state_, 2);
  EXPECT_EQ(held.finish(), want);
  EXPECT_EQ(trecvit_state_frames(state_.get()), 2);
  EXPECT_EQ(step(engine_, state_, 3), step(other_engine_, other_state_, 3));
}

TEST_F(InUse, EngineIsRefusedToAnotherStep) {
  HeldStep held(engine_, state_, 1);
  const auto pixels = small_frame(1);
  const auto image = small_image(pixels);
  trecvit_result result = TRECVIT_RESULT_INIT;
  expect_failure(trecvit_engine_step(engine_.get(), other_state_.get(), &image, 0, &result), TRECVIT_USAGE,
                 {"trecvit_engine_step", "expected an engine", "no other thread"});
  EXPECT_EQ(result.logits, nullptr);
  EXPECT_EQ(trecvit_state_frames(other_state_.get()), 0);
  const auto want = step(other_engine_, other_state_, 1);
  EXPECT_EQ(held.finish(), want);
  EXPECT_EQ(step(engine_, state_, 2), step(other_engine_, other_state_, 2));
}

// A step releases its handles at its end, also if it fails.
TEST_F(InUse, HandlesAreReleasedAfterEachCall) {
  auto pixels = std::vector<float>(size_t{3} * kSide * kSide, 0.5f);
  pixels.back() = NAN;
  const trecvit_image image{pixels.data(), TRECVIT_F32, kSide, kSide, 0};
  trecvit_result result = TRECVIT_RESULT_INIT;
  expect_failure(trecvit_engine_step(engine_.get(), state_.get(), &image, 0, &result), TRECVIT_INPUT, {"0 to 1"});
  EXPECT_EQ(trecvit_state_frames(state_.get()), 0);
  EXPECT_EQ(step(engine_, state_, 1), step(other_engine_, other_state_, 1));
}

// Steps until told to stop; returns how often another thread had the engine.
int contend(trecvit_engine* engine, const ModelHandle& model, std::atomic<bool>& stop) {
  const auto state = new_state(model);
  const auto pixels = small_frame(1);
  const auto image = small_image(pixels);
  int refused = 0;
  int64_t taken = 0;
  while (!stop) {
    trecvit_result result = TRECVIT_RESULT_INIT;
    const auto status = trecvit_engine_step(engine, state.get(), &image, 0, &result);
    if (status == TRECVIT_OK) {
      ++taken;
      continue;
    }
    expect_failure(status, TRECVIT_USAGE, {"trecvit_engine_step", "no other thread"});
    ++refused;
    stop = true;
  }
  EXPECT_EQ(trecvit_state_frames(state.get()), taken);
  return refused;
}

TEST(Threads, OnOneEngineAreRefused) {
  const auto model = small_model();
  const auto engine = new_engine(model);
  std::atomic<bool> stop = false;
  std::atomic<int> refused = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) threads.emplace_back([&] { refused += contend(engine.get(), model, stop); });
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!stop && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  stop = true;
  for (auto& thread : threads) thread.join();
  EXPECT_GT(refused, 0);
}

}  // namespace
}  // namespace trecvit::test
