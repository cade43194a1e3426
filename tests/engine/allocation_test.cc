// A step allocates nothing: every way to the heap is counted, from every thread.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "engine/engine_test.h"
#include "trecvit/engine/engine.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__GLIBC__)
#define TRECVIT_COUNTS_ALLOCATIONS 0  // a sanitizer has the heap to itself
#else
#define TRECVIT_COUNTS_ALLOCATIONS 1
#endif

namespace {
std::atomic<bool> counting{false};
std::atomic<int64_t> allocations{0};
}  // namespace

#if TRECVIT_COUNTS_ALLOCATIONS
// These stand before the C library's; operator new ends in one of them.
namespace {
void count() {
  if (counting.load(std::memory_order_relaxed)) allocations.fetch_add(1, std::memory_order_relaxed);
}
}  // namespace

extern "C" {
// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): the names are the C library's
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* memory, size_t size);
void* __libc_memalign(size_t alignment, size_t size);
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)

__attribute__((visibility("default"))) void* malloc(size_t size) {
  count();
  return __libc_malloc(size);
}
__attribute__((visibility("default"))) void* calloc(size_t items, size_t size) {
  count();
  return __libc_calloc(items, size);
}
__attribute__((visibility("default"))) void* realloc(void* memory, size_t size) {
  count();
  return __libc_realloc(memory, size);
}
__attribute__((visibility("default"))) void* aligned_alloc(size_t alignment, size_t size) {
  count();
  return __libc_memalign(alignment, size);
}
__attribute__((visibility("default"))) int posix_memalign(void** memory, size_t alignment, size_t size) {
  count();
  *memory = __libc_memalign(alignment, size);
  return *memory ? 0 : ENOMEM;
}
__attribute__((visibility("default"))) void* mmap(void* address, size_t size, int protection, int flags, int file,
                                                  off_t offset) {
  count();
  // NOLINTNEXTLINE(performance-no-int-to-ptr): that is what the system call gives
  return reinterpret_cast<void*>(syscall(SYS_mmap, address, size, protection, flags, file, offset));
}
}
#endif

namespace trecvit::test {
namespace {

int64_t allocations_of(const std::function<void()>& function) {
  allocations = 0;
  counting = true;
  function();
  counting = false;
  return allocations;
}

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
  constexpr int kFrames = 130;  // at 100 frames a second; the window of a second goes round
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

TEST_P(Allocations, AreSeen) {
  EXPECT_GT(allocations_of([] { const StreamState state(small_config(), {}, 0); }), 1);
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
