#include "trecvit/base/stats.h"

#include <gtest/gtest.h>

namespace trecvit {
namespace {

TEST(Stats, QuantileIsLinearBetweenNeighbours) {
  const std::vector<double> samples{40, 10, 30, 20};  // order does not matter
  EXPECT_DOUBLE_EQ(quantile(samples, 0), 10);
  EXPECT_DOUBLE_EQ(quantile(samples, 1), 40);
  EXPECT_DOUBLE_EQ(quantile(samples, 0.5), 25);
  EXPECT_DOUBLE_EQ(quantile(samples, 1.0 / 3), 20);
  EXPECT_DOUBLE_EQ(quantile(samples, 0.9), 37);
}

TEST(Stats, QuantileOfFew) {
  EXPECT_EQ(quantile({}, 0.5), 0);
  EXPECT_EQ(quantile({7}, 0), 7);
  EXPECT_EQ(quantile({7}, 0.99), 7);
}

TEST(Stats, ResidentSizes) {
  EXPECT_GT(resident_bytes(), 1 << 20);
  EXPECT_GE(peak_resident_bytes(), resident_bytes());
}

}  // namespace
}  // namespace trecvit
