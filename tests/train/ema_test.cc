#include "trecvit/train/ema.h"

#include <gtest/gtest.h>

#include <ATen/ATen.h>

namespace trecvit::test {
namespace {

TEST(WeightMean, FollowsTheWeightsAndSwaps) {
  at::Tensor weight = at::ones({2}, at::kDouble);
  train::WeightMean mean({{"w", weight}}, 0.5);
  weight.fill_(3);
  mean.update(0);  // warmed up: the decay is 1 / 10
  EXPECT_NEAR(mean.means().at("w")[0].item<double>(), 0.1 * 1 + 0.9 * 3, 1e-12);
  mean.update(1000);  // the decay itself
  EXPECT_NEAR(mean.means().at("w")[0].item<double>(), 0.5 * 2.8 + 0.5 * 3, 1e-12);
  mean.swap();
  EXPECT_NEAR(weight[0].item<double>(), 2.9, 1e-12);
  EXPECT_EQ(mean.means().at("w")[0].item<double>(), 3);
  mean.swap();
  EXPECT_EQ(weight[0].item<double>(), 3);
}

}  // namespace
}  // namespace trecvit::test
