#include "trecvit/base/thread_team.h"

#include <exception>

#include "trecvit/base/error.h"
#include "trecvit/base/float_mode.h"

namespace trecvit {
namespace {

// Tens of microseconds of spinning; a longer wait means that the other side lost its core.
constexpr int kSpins = 2000;

void pause_briefly() {
#if defined(__x86_64__) || defined(_M_X64)
  _mm_pause();
#else
  std::this_thread::yield();
#endif
}

void wait_for_change(std::atomic<uint32_t>& value, uint32_t old) {
  for (int i = 0; i < kSpins; ++i) {
    if (value.load(std::memory_order_acquire) != old) return;
    pause_briefly();
  }
  value.wait(old, std::memory_order_acquire);
}

}  // namespace

ThreadTeam::ThreadTeam(int threads) {
  if (threads < 1 || threads > 1024) fail_usage("threads", "expected 1 to 1024 threads, got {}", threads);
  threads_.reserve(static_cast<size_t>(threads) - 1);
  try {
    for (int i = 1; i < threads; ++i) threads_.emplace_back([this, i] { work(i); });
  } catch (const std::exception& error) {
    stop_.store(true);
    epoch_.fetch_add(1);
    epoch_.notify_all();
    for (auto& thread : threads_) thread.join();
    fail(ErrorKind::kResource, "threads", "expected to start {} threads, got {}", threads, error.what());
  }
}

ThreadTeam::~ThreadTeam() {
  stop_.store(true);
  epoch_.fetch_add(1, std::memory_order_release);
  epoch_.notify_all();
  for (auto& thread : threads_) thread.join();
}

void ThreadTeam::start(Entry entry, void* context) {
  FlushDenormals flush;
  Member caller(*this, 0);
  if (threads_.empty()) return entry(context, caller);
  entry_ = entry;
  context_ = context;
  epoch_.fetch_add(1, std::memory_order_release);
  epoch_.notify_all();
  entry(context, caller);
  arrive();  // the run ends when every member has left the function
}

void ThreadTeam::work(int index) {
  FlushDenormals flush;
  Member member(*this, index);
  // The caller cannot start run e + 1 before this member arrived at the end of run e, so no start is missed.
  uint32_t seen = 0;
  while (true) {
    wait_for_change(epoch_, seen);
    ++seen;
    if (stop_.load()) return;
    entry_(context_, member);
    arrive();
  }
}

void ThreadTeam::arrive() {
  const int members = size();
  if (members == 1) return;
  const uint32_t phase = phase_.load(std::memory_order_acquire);
  if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == members) {
    arrived_.store(0, std::memory_order_relaxed);
    phase_.fetch_add(1, std::memory_order_release);
    phase_.notify_all();
  } else {
    wait_for_change(phase_, phase);
  }
}

}  // namespace trecvit
