#include "trecvit/pipeline/probability_history.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

namespace trecvit::test {
namespace {

TEST(ProbabilityHistory, AShortOneHasEveryFrame) {
  ProbabilityHistory history;
  for (int i = 0; i < 5; ++i) history.add(0.5 * i, std::vector<float>{0.1F * static_cast<float>(i), 0.25F});
  EXPECT_EQ(history.seconds(), (std::vector<double>{0, 0.5, 1, 1.5, 2}));
  EXPECT_FLOAT_EQ(static_cast<float>(history.probs_of(0)[3]), 0.3F);
  EXPECT_EQ(history.highest(9), (std::vector<int64_t>{0, 1}));
  EXPECT_EQ(history.highest(1), std::vector<int64_t>{0});
}

// Of ten times as many frames as there are spans, the mean is that of all frames.
TEST(ProbabilityHistory, ALongOneHasMeans) {
  ProbabilityHistory history;
  const size_t frames = 10 * ProbabilityHistory::kMostSpans;
  double sum = 0;
  for (size_t i = 0; i < frames; ++i) {
    const auto prob = static_cast<float>(i % 7) / 7;
    sum += static_cast<double>(prob);
    history.add(static_cast<double>(i), std::vector<float>{prob});
  }
  const auto seconds = history.seconds();
  const auto probs = history.probs_of(0);
  EXPECT_LE(seconds.size(), ProbabilityHistory::kMostSpans);
  EXPECT_GT(seconds.size(), ProbabilityHistory::kMostSpans / 2);
  EXPECT_DOUBLE_EQ(seconds[0], 7.5) << "spans of sixteen frames";
  // The last span may not be full.
  double mean = 0;
  for (size_t i = 0; i < probs.size(); ++i) {
    const size_t of_span = std::min<size_t>(16, frames - 16 * i);
    mean += probs[i] * static_cast<double>(of_span);
  }
  EXPECT_NEAR(mean, sum, 1e-6);
}

TEST(ProbabilityHistory, OnlyTheMostProbableClassesOfASpanAreKept) {
  ProbabilityHistory history;
  std::vector<float> probs(100);
  std::iota(probs.begin(), probs.end(), 0.0F);
  history.add(0, probs);
  EXPECT_EQ(history.highest(100).size(), ProbabilityHistory::kKeptClasses);
  EXPECT_EQ(history.highest(1), std::vector<int64_t>{99});
  EXPECT_EQ(history.probs_of(3), std::vector<double>{0});
}

}  // namespace
}  // namespace trecvit::test
