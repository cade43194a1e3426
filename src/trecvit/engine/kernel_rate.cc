#include "trecvit/engine/kernel_rate.h"

#include <algorithm>

#include "trecvit/base/buffer.h"
#include "trecvit/base/stopwatch.h"
#include "trecvit/base/thread_team.h"

namespace trecvit {

double measure_gflops(const Kernels& kernels) {
  constexpr int64_t kRows = 96, kInputs = 256, kOutputs = 256;
  constexpr int kRepeats = 12;
  Array<float> a(kRows * kInputs), w(kInputs * kOutputs), bias(kOutputs), c(kRows * kOutputs);
  Buffer packed(kernels.packed_bytes(kInputs, kOutputs));
  std::fill_n(a.data(), a.size(), 0.5f);
  std::fill_n(w.data(), w.size(), 0.25f);
  kernels.pack({w.data(), bias.data(), kInputs, kOutputs, kOutputs, 0, packed.data()});
  const PackedDense weights{kInputs, kOutputs, packed.data()};
  const DenseCall call{
      a.data(),         kInputs,  0,       kRows, &weights, 0, panel_count(kOutputs, kernels.panel_columns),
      Epilogue::kStore, c.data(), kOutputs};
  double best_seconds = 1e9;
  for (int i = 0; i < kRepeats; ++i) {
    const Stopwatch watch;
    kernels.dense(call);
    best_seconds = std::min(best_seconds, watch.seconds());
  }
  return 2.0 * kRows * kInputs * kOutputs / best_seconds / 1e9;
}

double measure_peak_gflops(const Kernels& kernels, int threads) {
  constexpr int64_t kRounds = 1'000'000;
  constexpr int kRepeats = 8;
  ThreadTeam team(threads);
  double best = 0;
  for (int i = 0; i < kRepeats; ++i) {
    double flops = 0;
    const Stopwatch watch;
    team.run([&](ThreadTeam::Member& member) {
      float sink = 0;
      const double done = kernels.peak_rounds(kRounds, &sink);
      if (member.index() == 0) flops = done * member.size();
    });
    best = std::max(best, flops / watch.seconds() / 1e9);
  }
  return best;
}

}  // namespace trecvit
