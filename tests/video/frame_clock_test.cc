#include "trecvit/video/frame_clock.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace trecvit {
namespace {

using Stamp = std::optional<int64_t>;

// Milliseconds as ticks, frames of 40 ms.
std::vector<double> times(const std::vector<Stamp>& stamps) {
  FrameClock clock(0.001, 0.04);
  std::vector<double> out;
  for (const Stamp& stamp : stamps) out.push_back(clock.next(stamp, 0));
  return out;
}

void expect_times(const std::vector<Stamp>& stamps, const std::vector<double>& expected) {
  const auto got = times(stamps);
  ASSERT_EQ(got.size(), expected.size());
  for (size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], expected[i], 1e-12) << i;
}

TEST(FrameClock, CountsFromTheFirstStamp) {
  expect_times({1466, 1500, 1700}, {0, 0.034, 0.234});
  expect_times({-80, -40, 0}, {0, 0.04, 0.08});
}

TEST(FrameClock, NeverGoesBack) { expect_times({0, 100, 50, 100, 140}, {0, 0.1, 0.1, 0.1, 0.14}); }

TEST(FrameClock, MissingStampsFollowTheLengthOfAFrame) {
  expect_times({std::nullopt, std::nullopt, std::nullopt}, {0, 0.04, 0.08});
  expect_times({0, std::nullopt, 100, std::nullopt}, {0, 0.04, 0.1, 0.14});
  expect_times({std::nullopt, 500, 540}, {0, 0.04, 0.08});
}

TEST(FrameClock, ImpossibleStampsCountAsMissing) {
  constexpr int64_t kLow = std::numeric_limits<int64_t>::min(), kHigh = std::numeric_limits<int64_t>::max();
  expect_times({kLow, 10}, {0, 0.04});
  expect_times({-10, kHigh, 30}, {0, 0.04, 0.04});
}

TEST(FrameClock, LengthComesFromTheFrameFirst) {
  FrameClock clock(0.001, 0.04);
  EXPECT_EQ(clock.length_of_last(), 0);
  clock.next(0, 25);
  EXPECT_DOUBLE_EQ(clock.length_of_last(), 0.025);
  EXPECT_DOUBLE_EQ(clock.next(std::nullopt, -1), 0.025);
  EXPECT_DOUBLE_EQ(clock.length_of_last(), 0.04);
  FrameClock unknown(0.001, 0);
  unknown.next(0, 0);
  EXPECT_EQ(unknown.next(std::nullopt, 0), 0);
}

}  // namespace
}  // namespace trecvit
