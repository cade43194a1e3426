#include "fma_peak.h"

#include <algorithm>
#include <chrono>

namespace trecvit::bench {
namespace {

// Sixteen sums that do not wait for each other; two a cycle with a latency of four or five need ten.
#define TRECVIT_FMA(r, i) "vfmadd231ps %%" r "15, %%" r "14, %%" r #i "\n"
#define TRECVIT_FMA_14(r)                                                                                     \
  TRECVIT_FMA(r, 0)                                                                                           \
  TRECVIT_FMA(r, 1)                                                                                           \
  TRECVIT_FMA(r, 2)                                                                                           \
  TRECVIT_FMA(r, 3) TRECVIT_FMA(r, 4) TRECVIT_FMA(r, 5) TRECVIT_FMA(r, 6) TRECVIT_FMA(r, 7) TRECVIT_FMA(r, 8) \
      TRECVIT_FMA(r, 9) TRECVIT_FMA(r, 10) TRECVIT_FMA(r, 11) TRECVIT_FMA(r, 12) TRECVIT_FMA(r, 13)

constexpr int kLoops = 300'000, kSums = 14;

__attribute__((target("avx2,fma"))) void run_avx2() {
  for (int i = 0; i < kLoops; ++i) {
    asm volatile(TRECVIT_FMA_14("ymm")::
                     : "ymm0", "ymm1", "ymm2", "ymm3", "ymm4", "ymm5", "ymm6", "ymm7", "ymm8", "ymm9", "ymm10", "ymm11",
                       "ymm12", "ymm13");
  }
}

__attribute__((target("avx512f"))) void run_avx512() {
  for (int i = 0; i < kLoops; ++i) {
    asm volatile(TRECVIT_FMA_14("zmm")::
                     : "zmm0", "zmm1", "zmm2", "zmm3", "zmm4", "zmm5", "zmm6", "zmm7", "zmm8", "zmm9", "zmm10", "zmm11",
                       "zmm12", "zmm13");
  }
}

double best_gflops(void (*run)(), int lanes) {
  using Clock = std::chrono::steady_clock;
  double best = 0;
  for (int i = 0; i < 20; ++i) {
    const auto start = Clock::now();
    run();
    const std::chrono::duration<double> seconds = Clock::now() - start;
    best = std::max(best, 2.0 * lanes * kSums * kLoops / seconds.count() * 1e-9);
  }
  return best;
}

}  // namespace

double fma_peak_gflops(std::string_view table) {
  if (table == "avx2") return best_gflops(run_avx2, 8);
  if (table == "avx512") return best_gflops(run_avx512, 16);
  return 0;
}

}  // namespace trecvit::bench
