#include <atomic>
#include <chrono>
#include <thread>

#include "capi/capi_test.h"

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
