#include "trecvit/base/thread_team.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <numeric>

#include "support/errors.h"

namespace trecvit {
namespace {

TEST(ShareOf, RangesCoverEverythingOnceAndDifferByOne) {
  for (const int64_t count : {0, 1, 2, 5, 197, 1000}) {
    for (const int size : {1, 2, 3, 7, 64}) {
      int64_t next = 0, least = count, most = 0;
      for (int i = 0; i < size; ++i) {
        const Range range = share_of(count, i, size);
        EXPECT_EQ(range.begin, next);
        next = range.end;
        least = std::min(least, range.end - range.begin);
        most = std::max(most, range.end - range.begin);
      }
      EXPECT_EQ(next, count);
      EXPECT_LE(most - least, 1);
    }
  }
}

class ThreadTeamOf : public testing::TestWithParam<int> {};

TEST_P(ThreadTeamOf, EveryMemberRunsOnce) {
  ThreadTeam team(GetParam());
  EXPECT_EQ(team.size(), GetParam());
  std::vector<int> runs(static_cast<size_t>(GetParam()), 0);
  std::thread::id of_zero;
  team.run([&](ThreadTeam::Member& member) {
    EXPECT_EQ(member.size(), GetParam());
    ++runs[static_cast<size_t>(member.index())];
    if (member.index() == 0) of_zero = std::this_thread::get_id();
  });
  EXPECT_EQ(runs, std::vector<int>(runs.size(), 1));
  EXPECT_EQ(of_zero, std::this_thread::get_id());
}

// Each phase reads what all members wrote in the phase before; a barrier that opens early gives another sum.
TEST_P(ThreadTeamOf, BarriersSeparatePhasesInManyRuns) {
  ThreadTeam team(GetParam());
  const auto size = static_cast<size_t>(GetParam());
  std::vector<uint64_t> values(size, 1), next(size);
  uint64_t expected = 1;
  constexpr int kRuns = 500, kPhases = 4;
  for (int run = 0; run < kRuns; ++run) {
    team.run([&](ThreadTeam::Member& member) {
      const auto i = static_cast<size_t>(member.index());
      for (int phase = 0; phase < kPhases; ++phase) {
        next[i] = std::accumulate(values.begin(), values.end(), uint64_t{1});
        member.barrier();
        values[i] = next[i];
        member.barrier();
      }
    });
    for (int phase = 0; phase < kPhases; ++phase) expected = expected * size + 1;
    ASSERT_EQ(values, std::vector<uint64_t>(size, expected)) << "run " << run;
  }
}

TEST_P(ThreadTeamOf, WaitingLongIsFineToo) {
  ThreadTeam team(GetParam());
  int arrived = 0;
  for (int run = 0; run < 3; ++run) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));  // members fall asleep between runs
    team.run([&](ThreadTeam::Member& member) {
      if (member.index() == member.size() - 1) std::this_thread::sleep_for(std::chrono::milliseconds(5));
      member.barrier();
      if (member.index() == 0) ++arrived;
    });
  }
  EXPECT_EQ(arrived, 3);
}

#if defined(__x86_64__)
TEST_P(ThreadTeamOf, DenormalsAreFlushedOnAllMembersAndOnlyDuringRuns) {
  const auto product = [] {
    volatile float small = 1e-30f, factor = 1e-10f;
    return small * factor;
  };
  ThreadTeam team(GetParam());
  std::vector<float> products(static_cast<size_t>(GetParam()), -1.0f);
  ASSERT_GT(product(), 0.0f);
  team.run([&](ThreadTeam::Member& member) { products[static_cast<size_t>(member.index())] = product(); });
  EXPECT_EQ(products, std::vector<float>(products.size(), 0.0f));
  EXPECT_GT(product(), 0.0f);
}
#endif

INSTANTIATE_TEST_SUITE_P(Threads, ThreadTeamOf, testing::Values(1, 2, 3));

TEST(ThreadTeam, OtherCountsAreErrors) {
  for (const int threads : {0, -1, 1025}) {
    test::expect_error(ErrorKind::kUsage, {"threads", std::to_string(threads)}, [&] { ThreadTeam team(threads); });
  }
}

}  // namespace
}  // namespace trecvit
