// Ten thousand runs back to back: a start that is missed or a barrier that opens early shows up here within seconds.
#include <gtest/gtest.h>

#include <atomic>
#include <vector>

#include "trecvit/base/thread_team.h"

namespace trecvit {
namespace {

// Plain numbers, written by one member and read by all others behind a barrier: wrong where the barrier is, and a race
// for ThreadSanitizer.
void count_together(int threads, int runs) {
  ThreadTeam team(threads);
  std::vector<int> counters(static_cast<size_t>(threads));
  std::atomic<int> wrong{0};
  int finished = 0;
  for (int run = 1; run <= runs; ++run) {
    team.run([&](ThreadTeam::Member& member) {
      ++counters[static_cast<size_t>(member.index())];
      member.barrier();
      for (int counter : counters) {
        if (counter != run) wrong.fetch_add(1);
      }
      member.barrier();
      if (member.index() == member.size() - 1) ++finished;
    });
    ASSERT_EQ(finished, run);  // nothing goes on after run() has returned
  }
  EXPECT_EQ(wrong.load(), 0);
  EXPECT_EQ(counters, std::vector<int>(counters.size(), runs));
}

TEST(ThreadTeamManyRuns, Alone) { count_together(1, 10'000); }
TEST(ThreadTeamManyRuns, Two) { count_together(2, 10'000); }
TEST(ThreadTeamManyRuns, Three) { count_together(3, 3'000); }
TEST(ThreadTeamManyRuns, MoreThanThereAreCores) { count_together(17, 50); }

TEST(ThreadTeamManyRuns, TeamsThatNeverRunEndToo) {
  for (int i = 0; i < 100; ++i) ThreadTeam team(1 + i % 4);
}

}  // namespace
}  // namespace trecvit
