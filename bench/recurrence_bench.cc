// Compares the fused recurrence with its plain-operator version, alternating in one process: time of forward and
// backward, and bytes kept for the backward. Arguments: frames, tokens, recurrent width, heads, batch, rounds, threads.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/Allocator.h>
#include <c10/util/ThreadLocalDebugInfo.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <vector>

#include "trecvit/model/fused_recurrence.h"

namespace {

using namespace trecvit;
using at::Tensor;

// Counts the live bytes of ATen's allocations.
class LiveBytes : public c10::MemoryReportingInfoBase {
 public:
  void reportMemoryUsage(void*, int64_t size, size_t, size_t, c10::Device) override { bytes += size; }
  bool memoryProfilingEnabled() const override { return true; }
  int64_t bytes = 0;
};

struct Cost {
  double milliseconds = 0, forward_ms = 0;
  double kept_mb = 0;  // after the forward, including results
};

struct Problem {
  Tensor x, y;
  model::RecurrenceParameters p;
  std::vector<Tensor> leaves;

  Problem(int64_t batch, int64_t frames, int64_t tokens, int64_t width, int64_t heads) {
    at::manual_seed(1);
    const auto leaf = [this](std::vector<int64_t> shape, double factor) {
      leaves.push_back((at::randn(shape) * factor).requires_grad_());
      return leaves.back();
    };
    const int64_t g = width / heads;
    x = leaf({batch, frames, tokens, width}, 1);
    y = leaf({batch, frames, tokens, width}, 1);
    p.conv_w = leaf({4, width}, 0.5);
    p.conv_b = leaf({width}, 0.1);
    p.input_gate_w = leaf({heads, g, g}, 0.1);
    p.input_gate_b = leaf({heads, g}, 0.1);
    p.a_gate_w = leaf({heads, g, g}, 0.1);
    p.a_gate_b = leaf({heads, g}, 0.1);
    p.a_param = leaf({width}, 1);
  }
};

Cost run(const Problem& problem, bool fused) {
  const auto live = std::make_shared<LiveBytes>();
  const c10::DebugInfoGuard guard(c10::DebugInfoKind::PROFILER_STATE, live);
  const auto start = std::chrono::steady_clock::now();
  const auto since_start = [start] {
    return 1e3 * std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  model::RecurrenceState state;
  const Tensor out = fused ? model::fused_recurrence(problem.x, problem.y, problem.p, InputScale::kSqrt, state)
                           : model::plain_recurrence(problem.x, problem.y, problem.p, InputScale::kSqrt, state);
  const double kept = static_cast<double>(live->bytes) / 1e6;
  const double forward_ms = since_start();
  torch::autograd::grad({out}, problem.leaves, {at::ones_like(out)});
  return {since_start(), forward_ms, kept};
}

}  // namespace

int main(int argc, char** argv) {
  const auto argument = [&](int index, int64_t usual) { return argc > index ? std::atoll(argv[index]) : usual; };
  const int64_t frames = argument(1, 16), tokens = argument(2, 197), width = argument(3, 1536), heads = argument(4, 12);
  const int64_t batch = argument(5, 1), rounds = argument(6, 7);
  at::set_num_threads(static_cast<int>(argument(7, at::get_num_threads())));
  const Problem problem(batch, frames, tokens, width, heads);
  std::vector<double> fused, plain, ratio, forward[2];
  Cost kept[2];
  for (int64_t i = -1; i < rounds; ++i) {  // the first is warm-up
    kept[0] = run(problem, true);
    kept[1] = run(problem, false);
    if (i < 0) continue;
    fused.push_back(kept[0].milliseconds);
    plain.push_back(kept[1].milliseconds);
    for (int which = 0; which < 2; ++which) forward[which].push_back(kept[which].forward_ms);
    ratio.push_back(kept[1].milliseconds / kept[0].milliseconds);
  }
  for (auto* all : {&fused, &plain, &ratio, &forward[0], &forward[1]}) std::sort(all->begin(), all->end());
  const auto middle = [](const std::vector<double>& all) { return all[all.size() / 2]; };
  fmt::print("B {} T {} N {} R {} H {}, {} threads\n", batch, frames, tokens, width, heads, at::get_num_threads());
  fmt::print("fused {:.1f} ms, plain {:.1f} ms (medians); plain / fused {:.2f} ({:.2f} to {:.2f})\n", middle(fused),
             middle(plain), middle(ratio), ratio.front(), ratio.back());
  fmt::print("of these the forward: fused {:.1f} ms, plain {:.1f} ms\n", middle(forward[0]), middle(forward[1]));
  // x and y belong to the previous layer, and both versions keep them; both counts include the results.
  const double inputs = static_cast<double>(2 * problem.x.nbytes()) / 1e6;
  fmt::print("kept after the forward: fused {:.1f} + {:.1f} MB of inputs, plain {:.1f} + {:.1f} MB; {:.2f}\n",
             kept[0].kept_mb, inputs, kept[1].kept_mb, inputs, (kept[0].kept_mb + inputs) / (kept[1].kept_mb + inputs));
}
