// Compares the fused recurrence with the one in plain operators: results, every gradient, chunks with gradients through
// the carried state, finite differences, and the same bits for any number of threads.
#include "trecvit/model/fused_recurrence.h"

#include <gtest/gtest.h>

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/autograd.h>

#include "model/model_test.h"
#include "support/near.h"

namespace trecvit::test {
namespace {

using model::RecurrenceParameters;
using model::RecurrenceState;

constexpr double kDoubleTolerance = 1e-12;  // relative to the largest element; rounding in sums of some hundred terms
constexpr double kFloatTolerance = 5e-6;    // the same in float32, and two ulp of the vector functions

struct Shapes {
  int64_t batch, frames, tokens, heads, head_width, taps;
  InputScale scale = InputScale::kSqrt;
  bool carried = false;
};

// The inputs of one computation. reach: the size of a_param and of the gates.
struct Problem {
  Tensor x, y;
  RecurrenceParameters p;
  RecurrenceState state;
  InputScale scale;
  std::vector<Tensor> leaves;

  Problem(const Shapes& s, at::ScalarType type, double reach = 1) : scale(s.scale) {
    at::manual_seed(11);
    const int64_t width = s.heads * s.head_width;
    const auto leaf = [&](std::vector<int64_t> shape, double factor, double offset = 0) {
      // Drawn in float64 for both types, so that both compute the same problem.
      Tensor tensor = (at::randn(shape, at::kDouble) * factor + offset).to(type).requires_grad_();
      leaves.push_back(tensor);
      return tensor;
    };
    x = leaf({s.batch, s.frames, s.tokens, width}, 1);
    y = leaf({s.batch, s.frames, s.tokens, width}, 1);
    p.conv_w = leaf({s.taps, width}, 0.5);
    p.conv_b = leaf({width}, 0.1);
    p.input_gate_w = leaf({s.heads, s.head_width, s.head_width}, reach / std::sqrt(static_cast<double>(s.head_width)));
    p.input_gate_b = leaf({s.heads, s.head_width}, reach);
    p.a_gate_w = leaf({s.heads, s.head_width, s.head_width}, reach / std::sqrt(static_cast<double>(s.head_width)));
    p.a_gate_b = leaf({s.heads, s.head_width}, reach);
    p.a_param = leaf({width}, reach, -3);
    if (s.carried) {
      state.h = leaf({s.batch, s.tokens, width}, 1);
      state.conv = leaf({s.batch, s.taps - 1, s.tokens, width}, 1);
    }
  }
};

using Walk = Tensor (*)(const Tensor&, const Tensor&, const RecurrenceParameters&, InputScale, RecurrenceState&);
Tensor plain(const Tensor& x, const Tensor& y, const RecurrenceParameters& p, InputScale scale,
             RecurrenceState& state) {
  return model::plain_recurrence(x, y, p, scale, state);
}

// The results, and the gradients of a weighted sum of them, computed in chunks of these lengths.
std::vector<Tensor> results(const Problem& problem, Walk walk, const std::vector<int64_t>& chunks) {
  RecurrenceState state = problem.state;
  std::vector<Tensor> outs;
  int64_t begin = 0;
  for (const int64_t length : chunks) {
    outs.push_back(
        walk(problem.x.narrow(1, begin, length), problem.y.narrow(1, begin, length), problem.p, problem.scale, state));
    begin += length;
  }
  std::vector<Tensor> all{at::cat(outs, 1), state.h, state.conv};
  Tensor sum;
  for (const auto& result : all) {
    at::manual_seed(5);
    const Tensor part = (result * at::randn(result.sizes(), at::kDouble).to(result.dtype())).sum();
    sum = sum.defined() ? sum + part : part;
  }
  const auto gradients = torch::autograd::grad({sum}, problem.leaves, {}, false, false, /*allow_unused=*/true);
  all.insert(all.end(), gradients.begin(), gradients.end());
  return all;
}

void expect_same(const std::vector<Tensor>& got, const std::vector<Tensor>& want, double tolerance,
                 const std::string& what) {
  ASSERT_EQ(got.size(), want.size());
  for (size_t i = 0; i < want.size(); ++i) {
    if (!want[i].defined() || want[i].numel() == 0)
      continue;  // a single frame at position 0 does not depend on a_param
    ASSERT_TRUE(got[i].defined()) << what << " " << i;
    const Difference d = difference(values(got[i]), values(want[i]));
    EXPECT_LE(d.worst, tolerance * std::max(d.scale, 1e-6))
        << what << ": array " << i << "[" << d.index << "] of " << want.size();
  }
}

std::vector<Shapes> shapes() {
  std::vector<Shapes> all;
  for (const bool carried : {false, true}) {
    for (const InputScale scale : {InputScale::kSqrt, InputScale::kConvex}) {
      all.push_back({2, 5, 7, 2, 8, 4, scale, carried});
      all.push_back({1, 1, 3, 1, 5, 4, scale, carried});    // one frame, shorter than the conv; odd width
      all.push_back({1, 2, 40, 3, 19, 6, scale, carried});  // several tiles, the last one smaller
      all.push_back({3, 9, 30, 2, 16, 1, scale, carried});  // no history at all
      all.push_back({1, 150, 2, 1, 8, 4, scale, carried});  // a tile of one token
    }
  }
  return all;
}

TEST(FusedRecurrence, EqualsThePlainForm) {
  for (const Shapes& s : shapes()) {
    const std::string what =
        fmt::format("B {} T {} N {} H {} G {} K {}{}{}", s.batch, s.frames, s.tokens, s.heads, s.head_width, s.taps,
                    s.scale == InputScale::kConvex ? " convex" : "", s.carried ? " carried" : "");
    for (const auto& [type, tolerance] : {std::pair{at::kDouble, kDoubleTolerance}, {at::kFloat, kFloatTolerance}}) {
      const Problem problem(s, type);
      expect_same(results(problem, model::fused_recurrence, {s.frames}), results(problem, plain, {s.frames}), tolerance,
                  what);
    }
  }
}

TEST(FusedRecurrence, ChunksEqualTheWholeWithGradientsThroughTheState) {
  const Problem problem({2, 11, 5, 2, 8, 4, InputScale::kSqrt, true}, at::kDouble);
  const auto whole = results(problem, plain, {11});
  for (const std::vector<int64_t>& chunks :
       {std::vector<int64_t>{1, 2, 8}, {7, 4}, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}}) {
    expect_same(results(problem, model::fused_recurrence, chunks), whole, kDoubleTolerance, "fused in chunks");
    expect_same(results(problem, plain, chunks), whole, kDoubleTolerance, "plain in chunks");
  }
}

TEST(FusedRecurrence, SameBitsForAnyNumberOfThreads) {
  const Problem problem({2, 6, 33, 3, 16, 4}, at::kFloat);
  const int before = at::get_num_threads();
  at::set_num_threads(1);
  const auto one = results(problem, model::fused_recurrence, {6});
  for (const int threads : {2, 3, 7}) {
    at::set_num_threads(threads);
    const auto more = results(problem, model::fused_recurrence, {6});
    for (size_t i = 0; i < one.size(); ++i) {
      if (!one[i].defined()) continue;
      EXPECT_TRUE(at::equal(one[i], more[i])) << threads << " threads, array " << i;
    }
  }
  at::set_num_threads(before);
}

// Central differences along random directions, in float64.
TEST(FusedRecurrence, FiniteDifferences) {
  for (const InputScale scale : {InputScale::kSqrt, InputScale::kConvex}) {
    for (const double reach : {1.0, 4.0}) {  // 4: gates nearly closed or open, a from 0 to almost 1
      const Problem problem({1, 6, 3, 2, 4, 4, scale, true}, at::kDouble, reach);
      const auto value = [&] {
        RecurrenceState state = problem.state;
        const Tensor out = model::fused_recurrence(problem.x, problem.y, problem.p, scale, state);
        return out.square().sum() + state.h.sin().sum() + state.conv.cos().sum();
      };
      const auto gradients = torch::autograd::grad({value()}, problem.leaves);
      const at::NoGradGuard no_grad;
      for (size_t i = 0; i < problem.leaves.size(); ++i) {
        at::manual_seed(100 + i);
        Tensor leaf = problem.leaves[i];
        const Tensor direction = at::randn(leaf.sizes(), leaf.options());
        constexpr double kStep = 1e-6;
        leaf.add_(direction, kStep);
        const double up = value().item<double>();
        leaf.add_(direction, -2 * kStep);
        const double down = value().item<double>();
        leaf.add_(direction, kStep);
        const double want = (up - down) / (2 * kStep), got = (gradients[i] * direction).sum().item<double>();
        // Rounding of values of order 100 over a step of 1e-6.
        EXPECT_NEAR(got, want, 1e-6 * std::max(1.0, std::abs(want))) << "leaf " << i << ", reach " << reach;
      }
    }
  }
}

// The derivative of the square root is bounded, so a saturated gate has a finite gradient.
TEST(FusedRecurrence, GradientsOfSaturatedGatesAreFinite) {
  for (const auto type : {at::kDouble, at::kFloat}) {
    Problem problem({1, 4, 2, 1, 8, 4, InputScale::kSqrt, true}, type);
    {
      const at::NoGradGuard no_grad;
      problem.p.a_param.fill_(-22);  // log a is about -1e-9
    }
    const auto fused = results(problem, model::fused_recurrence, {4}), twin = results(problem, plain, {4});
    for (size_t i = 0; i < fused.size(); ++i) {
      EXPECT_TRUE(fused[i].isfinite().all().item<bool>()) << i;
      // Relative to the largest of each: the gradient of a_param is millions of times smaller than that of x.
      const double largest = twin[i].abs().max().item<double>();
      EXPECT_LE((fused[i] - twin[i]).abs().max().item<double>(), 2e-4 * largest) << i;
    }
  }
}

TEST(FusedRecurrence, WorksWithoutAGraph) {
  const at::NoGradGuard no_grad;
  const Problem problem({1, 4, 3, 2, 8, 4}, at::kFloat);
  RecurrenceState a, b;
  const Tensor fused = model::fused_recurrence(problem.x, problem.y, problem.p, problem.scale, a);
  const Tensor twin = model::plain_recurrence(problem.x, problem.y, problem.p, problem.scale, b);
  EXPECT_TRUE(near("out", values(fused), values(twin), kFloatTolerance * 10));
  EXPECT_FALSE(fused.requires_grad());
}

// Sums over time stay float32 if the inputs are bfloat16.
TEST(FusedRecurrence, HalfInputsAreSummedInFloat) {
  const Problem problem({1, 6, 3, 2, 8, 4}, at::kFloat);
  const Tensor x = problem.x.detach().to(at::kBFloat16), y = problem.y.detach().to(at::kBFloat16);
  RecurrenceState a, b;
  const Tensor fused = model::fused_recurrence(x, y, problem.p, problem.scale, a);
  const Tensor wide = model::fused_recurrence(x.to(at::kFloat), y.to(at::kFloat), problem.p, problem.scale, b);
  EXPECT_EQ(fused.scalar_type(), at::kFloat);
  EXPECT_TRUE(at::equal(fused, wide));
}

}  // namespace
}  // namespace trecvit::test
