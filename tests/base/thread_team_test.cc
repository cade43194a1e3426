#include "trecvit/base/thread_team.h"

#include <gtest/gtest.h>

#include <atomic>
#include <limits>
#include <vector>

#include "support/errors.h"

namespace trecvit {
namespace {

TEST(ThreadTeam, SharesCoverEverythingOnceAndEvenly) {
  for (int64_t count : {0, 1, 2, 3, 7, 64, 197, 1000}) {
    for (int size = 1; size <= 9; ++size) {
      int64_t next = 0, least = count, most = 0;
      for (int index = 0; index < size; ++index) {
        const Range share = share_of(count, index, size);
        ASSERT_EQ(share.begin, next);
        ASSERT_LE(share.begin, share.end);
        least = std::min(least, share.end - share.begin);
        most = std::max(most, share.end - share.begin);
        next = share.end;
      }
      ASSERT_EQ(next, count);
      ASSERT_LE(most - least, 1);
    }
  }
}

// Plain numbers, written by one member and read by all others after a barrier: wrong under a broken barrier, and a
// report under ThreadSanitizer.
void count_together(int threads, int runs) {
  ThreadTeam team(threads);
  ASSERT_EQ(team.size(), threads);
  std::vector<int64_t> counters(static_cast<size_t>(threads));
  std::atomic<int> wrong{0};
  int64_t total = 0;
  for (int run = 0; run < runs; ++run) {
    team.run([&](ThreadTeam::Member& member) {
      ++counters[static_cast<size_t>(member.index())];
      member.barrier();
      for (int64_t counter : counters) {
        if (counter != run + 1) wrong.fetch_add(1);
      }
      member.barrier();
      if (member.index() == member.size() - 1) ++total;
    });
    ASSERT_EQ(total, run + 1);  // the run is over when run() returns
  }
  EXPECT_EQ(wrong.load(), 0);
  for (int64_t counter : counters) EXPECT_EQ(counter, runs);
}

TEST(ThreadTeam, TenThousandRunsAlone) { count_together(1, 10'000); }
TEST(ThreadTeam, TenThousandRunsOfTwo) { count_together(2, 10'000); }
TEST(ThreadTeam, TenThousandRunsOfThree) { count_together(3, 10'000); }
TEST(ThreadTeam, MoreMembersThanCores) { count_together(17, 50); }

TEST(ThreadTeam, StartsAndEndsWithoutARun) {
  for (int i = 0; i < 100; ++i) ThreadTeam team(1 + i % 4);
}

TEST(ThreadTeam, EveryMemberHasItsIndex) {
  ThreadTeam team(4);
  std::vector<int> calls(4);
  team.run([&](ThreadTeam::Member& member) { calls[static_cast<size_t>(member.index())] += 1 + member.size() * 10; });
  EXPECT_EQ(calls, (std::vector<int>{41, 41, 41, 41}));
}

TEST(ThreadTeam, RefusesOtherCounts) {
  for (int threads : {0, -1, std::numeric_limits<int>::min(), 1025, std::numeric_limits<int>::max()}) {
    test::expect_error(ErrorKind::kUsage, {"[threads]", "1 to 1024", std::to_string(threads)},
                       [threads] { ThreadTeam team(threads); });
  }
}

#if defined(__x86_64__)
// The smallest normal number, halved; volatile keeps the compiler from doing it at build time.
bool denormals_survive() {
  volatile float smallest = std::numeric_limits<float>::min();
  volatile float half = smallest * 0.5f;
  return half != 0.0f;
}

TEST(ThreadTeam, DenormalsAreFlushedInsideRunsOnly) {
  for (int threads : {1, 2, 3}) {
    ThreadTeam team(threads);
    ASSERT_TRUE(denormals_survive());
    std::vector<int> survived(static_cast<size_t>(threads), -1);
    team.run([&](ThreadTeam::Member& member) { survived[static_cast<size_t>(member.index())] = denormals_survive(); });
    EXPECT_EQ(survived, std::vector<int>(static_cast<size_t>(threads), 0));
    EXPECT_TRUE(denormals_survive()) << "the caller's mode was not restored";
  }
}
#endif

}  // namespace
}  // namespace trecvit
