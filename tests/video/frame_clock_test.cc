#include "trecvit/video/frame_clock.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "trecvit/base/random.h"

namespace trecvit {
namespace {

using Stamp = std::optional<int64_t>;

constexpr FrameClock::Options kMilliseconds{.seconds_per_tick = 0.001, .frame_seconds = 0.04};
constexpr int64_t kLowestStamp = std::numeric_limits<int64_t>::min(),
                  kHighestStamp = std::numeric_limits<int64_t>::max();

uint64_t below(const RandomStream& random, uint64_t index, uint64_t bound) {
  return (random.bits(index) >> 16) % bound;
}

struct Told {
  std::vector<double> times;
  size_t deepest = 0;  // the largest number of timestamps that were read ahead of a frame
};

Told tell(const std::vector<Stamp>& stamps, const FrameClock::Options& options = kMilliseconds) {
  FrameClock clock(options);
  Told told;
  for (size_t i = 0; i < stamps.size(); ++i) {
    const auto ahead = [&](int k) -> std::optional<FrameStamp> {
      const size_t at = i + 1 + static_cast<size_t>(k);
      told.deepest = std::max(told.deepest, at - i);
      return at < stamps.size() ? std::optional(FrameStamp{stamps[at]}) : std::nullopt;
    };
    told.times.push_back(clock.next({stamps[i]}, ahead));
  }
  return told;
}

void expect_times(const std::vector<Stamp>& stamps, const std::vector<double>& expected,
                  const FrameClock::Options& options = kMilliseconds) {
  const auto got = tell(stamps, options).times;
  ASSERT_EQ(got.size(), expected.size());
  for (size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], expected[i], 1e-9) << i;
}

TEST(FrameClock, CountsFromTheFirstStamp) {
  expect_times({1466, 1500, 1700}, {0, 0.034, 0.234});
  expect_times({-80, -40, 0}, {0, 0.04, 0.08});
  expect_times({kHighestStamp - 80, kHighestStamp - 40, kHighestStamp}, {0, 0.04, 0.08});
}

TEST(FrameClock, EqualStampsGiveEqualTimes) { expect_times({0, 40, 40, 80}, {0, 0.04, 0.04, 0.08}); }

TEST(FrameClock, StampsOutOfOrderNeverGoBack) {
  expect_times({0, 100, 50, 100, 140}, {0, 0.04, 0.05, 0.1, 0.14});
  expect_times({0, 40, 80, 70, 120}, {0, 0.04, 0.08, 0.08, 0.12});
  expect_times({0, 120, 40, 80, 240, 160, 200, 280}, {0, 0.04, 0.04, 0.08, 0.12, 0.16, 0.2, 0.28});
}

TEST(FrameClock, AMissingStampAddsTheLengthOfAFrame) {
  expect_times({std::nullopt, std::nullopt, std::nullopt}, {0, 0.04, 0.08});
  expect_times({0, std::nullopt, 100, std::nullopt}, {0, 0.04, 0.1, 0.14});
  expect_times({std::nullopt, 500, 540}, {0, 0.04, 0.08});
}

TEST(FrameClock, ImpossibleStampsCountAsMissing) {
  expect_times({kLowestStamp, 10}, {0, 0.04});
  expect_times({-10, kHighestStamp, 30}, {0, 0.04, 0.04});
  expect_times({0, 2'000'000'000'000, 2'000'000'000'040, 120}, {0, 0.04, 0.08, 0.12});
}

TEST(FrameClock, ASingleDistantStampIsWrong) {
  expect_times({0, 40, 500'080, 120, 160}, {0, 0.04, 0.08, 0.12, 0.16});
  expect_times({0, 40, -500'080, 120, 160}, {0, 0.04, 0.08, 0.12, 0.16});
  expect_times({0, 40, 250, 120, 160}, {0, 0.04, 0.08, 0.12, 0.16});
  expect_times({0, 40, 80, 10, 160, 200}, {0, 0.04, 0.08, 0.12, 0.16, 0.2});
  expect_times({0, 40, 500'080, 60, 100}, {0, 0.04, 0.06, 0.06, 0.1});
  expect_times({0, 40, 80, 10, 300, 340}, {0, 0.04, 0.08, 0.12, 0.3, 0.34});
  expect_times({0, 40, 500'080, std::nullopt, 160}, {0, 0.04, 0.08, 0.12, 0.16});
  expect_times({kHighestStamp, 40, 80, 120}, {0, 0.04, 0.08, 0.12});
}

TEST(FrameClock, SeveralWrongStamps) {
  expect_times({0, 500'040, 500'080, 900'000, 160, 200}, {0, 0.04, 0.08, 0.12, 0.16, 0.2});
  expect_times({0, 500'040, 80, 500'120, 160, -7000, 240}, {0, 0.04, 0.08, 0.12, 0.16, 0.2, 0.24});
  expect_times({0, 40, 80, -900, -860, -820, 240, 280}, {0, 0.04, 0.08, 0.12, 0.16, 0.2, 0.24, 0.28});
}

TEST(FrameClock, APauseThatPersistsIsReal) {
  expect_times({0, 40, 500'080, 500'120, 500'160}, {0, 0.04, 500.08, 500.12, 500.16});
  expect_times({0, 40, 500'080}, {0, 0.04, 500.08});
  std::vector<Stamp> stamps = {0};
  std::vector<double> expected = {0};
  for (int64_t i = 0; i <= FrameClock::kLookAhead; ++i) {
    stamps.push_back(9000 + 40 * i);
    expected.push_back(9 + 0.04 * static_cast<double>(i));
  }
  stamps.push_back(40);  // too late to show that the earlier ones were wrong
  expected.push_back(expected.back() + 0.04);
  expect_times(stamps, expected);
}

TEST(FrameClock, TimeContinuesWhereStampsStartAgain) {
  expect_times({0, 40, 80, 0, 40, 80}, {0, 0.04, 0.08, 0.12, 0.16, 0.2});
  expect_times({0, 40, 0, 40, 0, 40}, {0, 0.04, 0.08, 0.12, 0.16, 0.2});
  expect_times({5000, 5040, 5080, 1400, 1440, 2000}, {0, 0.04, 0.08, 0.12, 0.16, 0.72});
  expect_times({1000, 1040, 1080, 1120, 1000, 1040, 501'080, 1120}, {0, 0.04, 0.08, 0.12, 0.16, 0.2, 0.24, 0.28});
  expect_times({0, 3000, 6000, 9000, 0, 3000, 6000, 9000}, {0, 3, 6, 9, 12, 15, 18, 21}, {.seconds_per_tick = 0.001});
}

TEST(FrameClock, TimeContinuesWhereStampsWrap) {
  constexpr int64_t kEnd = int64_t{1} << 33;
  const FrameClock::Options transport{.seconds_per_tick = 1.0 / 90'000, .frame_seconds = 0.04, .wrap_bits = 33};
  expect_times({kEnd - 7200, kEnd - 3600, 0, 90'000, 93'600}, {0, 0.04, 0.08, 1.08, 1.12}, transport);
  // Two wraps, and a late frame at the first one.
  expect_times(
      {kEnd - 3600, 10'800, 3600, 7200, kEnd / 2, kEnd - 3600, 0},
      {0, 0.04, 0.08, 0.12, 0.12 + (kEnd / 2.0 - 7200) / 9e4, 0.04 + (kEnd - 3600) / 9e4, 0.08 + (kEnd - 3600) / 9e4},
      transport);
  // Demuxers add the range of the counter to some timestamps around a wrap.
  expect_times({kEnd - 3600, 0, kEnd + 3600, 7200, kEnd + 10'800}, {0, 0.04, 0.08, 0.12, 0.16}, transport);
  // A recording that starts again is not a wrap.
  expect_times({kEnd / 2, kEnd / 2 + 3600, 126'000, 129'600}, {0, 0.04, 0.08, 0.12}, transport);
}

TEST(FrameClock, LengthComesFromTheFrameFirst) {
  const auto nothing = [](int) { return std::optional<FrameStamp>(); };
  FrameClock clock(kMilliseconds);
  EXPECT_EQ(clock.length_of_last(), 0);
  clock.next({0, 25}, nothing);
  EXPECT_DOUBLE_EQ(clock.length_of_last(), 0.025);
  EXPECT_DOUBLE_EQ(clock.next({std::nullopt, -1}, nothing), 0.025);
  EXPECT_DOUBLE_EQ(clock.length_of_last(), 0.04);
  clock.next({160, kHighestStamp}, nothing);
  EXPECT_DOUBLE_EQ(clock.length_of_last(), 0.04) << "nothing lasts so long";
  FrameClock unknown({.seconds_per_tick = 0.001});
  unknown.next({0}, nothing);
  EXPECT_EQ(unknown.next({std::nullopt}, nothing), 0);
  EXPECT_DOUBLE_EQ(unknown.next({30}, nothing), 0.03);
  EXPECT_DOUBLE_EQ(unknown.next({std::nullopt}, nothing), 0.06) << "the last step is the length";
}

// The true times of a stream, and the timestamps that a faulty writer made of them.
struct Stream {
  std::vector<Stamp> stamps;
  std::vector<double> times;
  std::vector<bool> wrong;
};

// Frames that are 40 ms apart, or from 1 ms to 2 s apart.
Stream steady_stream(const RandomStream& random, size_t frames, bool uneven) {
  Stream stream;
  const auto first = static_cast<int64_t>(below(random, 0, 1'000'000)) - 500'000;
  int64_t ticks = first;
  for (size_t i = 0; i < frames; ++i) {
    stream.stamps.emplace_back(ticks);
    stream.times.push_back(0.001 * static_cast<double>(ticks - first));
    stream.wrong.push_back(false);
    ticks += uneven ? 1 + static_cast<int64_t>(below(random, i + 1, 2000)) : 40;
  }
  return stream;
}

TEST(FrameClockProperty, StampsThatNeverDecreaseGiveTheirDifferences) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const RandomStream random(seed, "steps");
    Stream stream = steady_stream(random, 60, true);
    if (seed % 2 == 0) stream.stamps[30] = stream.stamps[29], stream.times[30] = stream.times[29];
    expect_times(stream.stamps, stream.times);
    if (HasFailure()) FAIL() << "seed " << seed;
  }
}

TEST(FrameClockProperty, SteadyStampsNeedNoLookAhead) {
  EXPECT_EQ(tell(steady_stream(RandomStream(1, "steady"), 100, false).stamps).deepest, 0u);
}

TEST(FrameClockProperty, WrongStampsDoNotChangeTheOthers) {
  for (uint64_t seed = 0; seed < 400; ++seed) {
    const RandomStream random(seed, "wrong");
    Stream stream = steady_stream(random, 100, false);
    for (uint64_t draw = 1000, i = 1 + below(random, 999, 12); i < 90; i += 12, draw += 20) {
      const uint64_t run = 1 + below(random, draw, 4);
      const bool late = below(random, draw + 1, 2) == 0;
      for (uint64_t j = i; j < i + run; ++j) {
        const auto off = static_cast<int64_t>(1000 + below(random, draw + 2 + j - i, 10'000'000));
        *stream.stamps[j] += late ? off : -off;
        stream.wrong[j] = true;
      }
    }
    const auto told = tell(stream.stamps);
    EXPECT_LE(told.deepest, static_cast<size_t>(FrameClock::kLookAhead));
    for (size_t i = 0; i < told.times.size(); ++i) {
      EXPECT_NEAR(told.times[i], stream.times[i], 1e-6) << "frame " << i << (stream.wrong[i] ? ", wrong" : "");
    }
    if (HasFailure()) FAIL() << "seed " << seed;
  }
}

TEST(FrameClockProperty, JoinedRecordingsFollowEachOther) {
  for (uint64_t seed = 0; seed < 400; ++seed) {
    const RandomStream random(seed, "joined");
    std::vector<Stamp> stamps;
    int64_t begin = 5'000'000;
    for (uint64_t part = 0; part < 6; ++part) {
      const auto frames = static_cast<int64_t>(1 + below(random, part, 40));
      for (int64_t i = 0; i < frames; ++i) stamps.emplace_back(begin + 40 * i);
      begin -= static_cast<int64_t>(below(random, 100 + part, 3) == 0 ? below(random, 200 + part, 900'000) : 0);
    }
    // If a recording has one frame and the next one starts with the same timestamp, this is a repeated frame, not a
    // joint.
    double time = 0;
    const auto times = tell(stamps).times;
    for (size_t i = 1; i < stamps.size(); ++i) {
      if (stamps[i] != stamps[i - 1]) time += 0.04;
      EXPECT_NEAR(times[i], time, 1e-6) << "frame " << i;
    }
    if (HasFailure()) FAIL() << "seed " << seed;
  }
}

TEST(FrameClockProperty, AnyStampsGiveTimesThatNeverDecrease) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    const RandomStream random(seed, "any");
    std::vector<Stamp> stamps;
    for (uint64_t i = 0; i < 100; ++i) {
      const uint64_t bits = random.bits(2 * i);
      const uint64_t kind = below(random, 2 * i + 1, 6);
      const std::vector<Stamp> kinds = {static_cast<int64_t>(bits),   std::nullopt,  static_cast<int64_t>(bits % 1000),
                                        static_cast<int64_t>(40 * i), kHighestStamp, kLowestStamp};
      stamps.push_back(kinds[kind]);
    }
    const FrameClock::Options options{
        .seconds_per_tick = 0.001, .frame_seconds = seed % 2 == 0 ? 0.04 : 0, .wrap_bits = seed % 3 == 0 ? 33 : 64};
    const auto times = tell(stamps, options).times;
    EXPECT_EQ(times[0], 0);
    for (size_t i = 1; i < times.size(); ++i) {
      EXPECT_TRUE(times[i] >= times[i - 1] && times[i] < 1e12) << seed << ": " << times[i - 1] << ", " << times[i];
    }
  }
}

}  // namespace
}  // namespace trecvit
