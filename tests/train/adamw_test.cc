#include "trecvit/train/adamw.h"

#include <gtest/gtest.h>

#include <ATen/ATen.h>

#include <cmath>

namespace trecvit::test {
namespace {

using at::Tensor;

// The algorithm for one number, written out.
struct Plain {
  double p, m = 0, v = 0;
  void step(double g, double lr, double decay, int t) {
    m = 0.9 * m + 0.1 * g;
    v = 0.999 * v + 0.001 * g * g;
    p -= lr * (m / (1 - std::pow(0.9, t)) / (std::sqrt(v / (1 - std::pow(0.999, t))) + 1e-8) + decay * p);
  }
};

TEST(AdamW, EqualsTheAlgorithm) {
  Tensor a = at::tensor({0.5, -2.0}, at::kDouble), b = at::tensor({3.0}, at::kDouble),
         still = at::ones({1}, at::kDouble), slow = at::tensor({-1.0}, at::kDouble);
  train::AdamW optimiser({{"a", a, true}, {"b", b, false}, {"still", still, true}, {"slow", slow, true, 0.25}},
                         {.weight_decay = 0.1});
  Plain a0{0.5}, a1{-2}, b0{3}, slow0{-1};
  for (int t = 1; t <= 20; ++t) {
    const double g = std::sin(t), lr = 0.01 * t;
    optimiser.clear_gradients();
    a.mutable_grad() = at::tensor({g, 2 * g - 1}, at::kDouble);
    b.mutable_grad() = at::tensor({g * g}, at::kDouble);
    slow.mutable_grad() = at::tensor({1 - g}, at::kDouble);
    optimiser.step(lr);
    slow0.step(1 - g, lr / 4, 0.1, t);
    a0.step(g, lr, 0.1, t);
    a1.step(2 * g - 1, lr, 0.1, t);
    b0.step(g * g, lr, 0, t);
  }
  EXPECT_NEAR(a[0].item<double>(), a0.p, 1e-12);
  EXPECT_NEAR(a[1].item<double>(), a1.p, 1e-12);
  EXPECT_NEAR(b[0].item<double>(), b0.p, 1e-12);
  EXPECT_NEAR(slow[0].item<double>(), slow0.p, 1e-12);
  EXPECT_EQ(still[0].item<double>(), 1) << "a parameter without a gradient";
}

TEST(AdamW, StateRestoresBitForBit) {
  at::manual_seed(3);
  const auto steps = [](train::AdamW& optimiser, Tensor parameter, int from, int to) {
    for (int t = from; t < to; ++t) {
      at::manual_seed(static_cast<uint64_t>(t));
      parameter.mutable_grad() = at::randn(parameter.sizes());
      optimiser.step(1e-2);
    }
  };
  Tensor whole = at::randn({7});
  Tensor parted = whole.clone();
  train::AdamW one({{"p", whole}}, {}), first({{"p", parted}}, {});
  steps(one, whole, 0, 10);
  steps(first, parted, 0, 4);
  train::AdamW second({{"p", parted}}, {});
  const auto saved = first.state();
  for (auto& [name, tensor] : second.state()) {
    Tensor to = tensor;
    to.copy_(saved.at(name));
  }
  steps(second, parted, 4, 10);
  EXPECT_TRUE(at::equal(whole, parted));
}

}  // namespace
}  // namespace trecvit::test
