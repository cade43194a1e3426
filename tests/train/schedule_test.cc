#include "trecvit/train/schedule.h"

#include <gtest/gtest.h>

namespace trecvit::test {
namespace {

TEST(Schedule, RisesThenFallsAlongACosine) {
  const train::Schedule schedule{.peak = 2, .floor = 0.5, .warmup = 4, .steps = 13};
  const double want[] = {0.5, 1, 1.5, 2, 2};
  for (int64_t step = 0; step < 5; ++step) EXPECT_DOUBLE_EQ(schedule.at(step), want[step]) << step;
  EXPECT_DOUBLE_EQ(schedule.at(8), 1.25);  // half way
  for (int64_t step = 5; step < 13; ++step) EXPECT_LT(schedule.at(step), schedule.at(step - 1)) << step;
  EXPECT_DOUBLE_EQ(schedule.at(12), 0.5);
  EXPECT_DOUBLE_EQ(schedule.at(1000), 0.5);
}

TEST(Schedule, WithoutWarmUp) {
  const train::Schedule schedule{.peak = 1, .floor = 0, .warmup = 0, .steps = 3};
  EXPECT_DOUBLE_EQ(schedule.at(0), 1);
  EXPECT_DOUBLE_EQ(schedule.at(1), 0.5);
}

}  // namespace
}  // namespace trecvit::test
