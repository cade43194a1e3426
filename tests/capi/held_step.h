// A step that pauses in the middle of its work until the test continues it, so that a test of two threads on one
// handle does not depend on timing.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <thread>
#include <vector>

#include "capi/capi_test.h"

namespace trecvit::test {

// Steps on a thread of its own, from the constructor until finish(); engine and state are in use all the time. The
// picture lies in memory that cannot be read at first: the fault of the first read reports that the step has come so
// far, waits for leave, makes the memory readable and lets the read go on. One at a time in a process.
class HeldStep {
 public:
  HeldStep(const EngineHandle& engine, const StateHandle& state, uint32_t seed) {
    const auto frame = small_frame(seed);
    size_ = frame.size();
    void* memory = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    EXPECT_NE(memory, MAP_FAILED);
    pixels_ = static_cast<std::byte*>(memory);
    std::memcpy(pixels_, frame.data(), size_);
    EXPECT_EQ(mprotect(pixels_, size_, PROT_NONE), 0);
    EXPECT_EQ(pipe(reports_), 0);
    EXPECT_EQ(pipe(leaves_), 0);
    held = this;
    struct sigaction action{};
    action.sa_flags = SA_SIGINFO;
    action.sa_sigaction = on_fault;
    EXPECT_EQ(sigaction(SIGSEGV, &action, &action_before_), 0);
    thread_ = std::thread([this, &engine, &state] { step(engine.get(), state.get()); });
    char report = kEnded;
    EXPECT_EQ(read(reports_[0], &report, 1), 1);
    EXPECT_EQ(report, kReading) << "the step ended before it read the picture";
  }
  ~HeldStep() {
    if (thread_.joinable()) finish();
    sigaction(SIGSEGV, &action_before_, nullptr);
    held = nullptr;
    munmap(pixels_, size_);
    for (const int descriptor : {reports_[0], reports_[1], leaves_[0], leaves_[1]}) close(descriptor);
  }
  HeldStep(const HeldStep&) = delete;
  HeldStep& operator=(const HeldStep&) = delete;

  // Lets the step finish; returns its logits.
  std::vector<float> finish() {
    const char leave = 0;
    EXPECT_EQ(write(leaves_[1], &leave, 1), 1);
    thread_.join();
    EXPECT_EQ(status_, TRECVIT_OK);
    return logits_;
  }

 private:
  static constexpr char kReading = 'r', kEnded = 'e';
  static inline HeldStep* held = nullptr;

  void step(trecvit_engine* engine, trecvit_state* state) {
    const trecvit_image image{pixels_, TRECVIT_U8, kSide, kSide, 0};
    trecvit_result result = TRECVIT_RESULT_INIT;
    status_ = trecvit_engine_step(engine, state, &image, 0, &result);
    if (status_ == TRECVIT_OK) logits_.assign(result.logits, result.logits + result.num_classes);
    const char report = kEnded;
    EXPECT_EQ(write(reports_[1], &report, 1), 1);
  }

  static void on_fault(int number, siginfo_t* info, void* /*context*/) {
    const auto* at = static_cast<const std::byte*>(info->si_addr);
    const bool ours = at >= held->pixels_ && at < held->pixels_ + held->size_;
    const char report = kReading;
    char leave = 0;
    if (ours && write(held->reports_[1], &report, 1) == 1 && read(held->leaves_[0], &leave, 1) == 1 &&
        mprotect(held->pixels_, held->size_, PROT_READ) == 0) {
      return;
    }
    sigaction(number, &held->action_before_, nullptr);  // any other fault comes again, and ends the program as ever
  }

  std::byte* pixels_ = nullptr;
  size_t size_ = 0;
  int reports_[2] = {-1, -1}, leaves_[2] = {-1, -1};  // pipes, of one byte each
  struct sigaction action_before_{};
  trecvit_status status_ = TRECVIT_CHECK_FAILED;
  std::vector<float> logits_;
  std::thread thread_;
};

}  // namespace trecvit::test
