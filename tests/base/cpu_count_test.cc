#include "trecvit/base/cpu_count.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <thread>

namespace trecvit::test {
namespace {

TEST(CpuCount, FollowsTheMask) {
  cpu_set_t before, one;
  ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
  EXPECT_GE(available_cpus(), 1);
  EXPECT_LE(available_cpus(), CPU_COUNT(&before));
  CPU_ZERO(&one);
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &before)) continue;
    CPU_SET(cpu, &one);
    break;
  }
  int count = 0;
  // The mask is that of a thread.
  std::thread([&] {
    if (sched_setaffinity(0, sizeof one, &one) == 0) count = available_cpus();
  }).join();
  EXPECT_EQ(count, 1);
}

TEST(CpuCount, QuotasOfControlGroups) {
  EXPECT_EQ(cpus_of_quota("200000 100000"), 2);
  EXPECT_EQ(cpus_of_quota("150000 100000"), 1);
  EXPECT_EQ(cpus_of_quota("1000 100000"), 1);
  EXPECT_EQ(cpus_of_quota("max 100000"), std::nullopt);
  for (const char* other : {"", " ", "-1 100000", "5", "5 ", "5 0", "x y"})
    EXPECT_EQ(cpus_of_quota(other), std::nullopt) << other;
}

}  // namespace
}  // namespace trecvit::test
