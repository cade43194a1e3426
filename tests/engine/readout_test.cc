// Every readout rule compared with its definition, recomputed in double for every frame.
#include "trecvit/engine/readout.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "support/errors.h"
#include "support/near.h"
#include "trecvit/base/random.h"
#include "trecvit/base/stats.h"

namespace trecvit::test {
namespace {

constexpr int64_t kDim = 3, kReadoutFrames = 10000;

struct Stream {
  std::vector<float> features;  // [kReadoutFrames, kDim]
  std::vector<double> times;    // irregular, sometimes with a long pause, twice with two frames at the same time

  std::span<const float> frame(int64_t t) const {
    return std::span(features).subspan(static_cast<size_t>(t * kDim), kDim);
  }
};

Stream make_stream(double mean_interval) {
  const RandomStream random(3, "readout");
  Stream stream;
  double time = -5;  // presentation timestamps may start below zero
  for (uint64_t t = 0; t < kReadoutFrames; ++t) {
    for (uint64_t i = 0; i < kDim; ++i) {
      stream.features.push_back(static_cast<float>(random.symmetric(t * kDim + i)));
    }
    stream.times.push_back(time);
    if (t % 5000 != 1) time += 2 * mean_interval * random.unit(kReadoutFrames * kDim + t);
    if (t % 1000 == 999) time += 100 * mean_interval;
  }
  return stream;
}

// The weight of frame s in the answer after frame t.
double weight(const Readout& rule, double age, bool newest) {
  switch (rule.kind) {
    case Readout::Kind::kMean:
      return 1;
    case Readout::Kind::kLast:
      return newest ? 1 : 0;
    case Readout::Kind::kWindow:
      return age < rule.seconds ? 1 : 0;
    case Readout::Kind::kEma:
      return std::exp(-age / rule.seconds);
  }
  return 0;
}

std::vector<double> directly(const Stream& stream, const Readout& rule, int64_t t) {
  std::vector<double> sum(kDim);
  double total = 0;
  for (int64_t s = t; s >= 0; --s) {
    const double w = weight(rule, stream.times[t] - stream.times[s], s == t);
    if (w < 1e-18) break;  // older frames weigh even less
    for (int64_t i = 0; i < kDim; ++i) sum[i] += w * static_cast<double>(stream.frame(s)[i]);
    total += w;
  }
  for (double& value : sum) value /= total;
  return sum;
}

class ReadoutRule : public testing::TestWithParam<std::string> {
 protected:
  Readout rule_ = parse_readout(GetParam(), "test");
};

TEST_P(ReadoutRule, IsExactAtAnyLength) {
  const Stream stream = make_stream(0.04);
  ReadoutSum sum(rule_, kDim);
  std::vector<float> got(kDim);
  double worst = 0;
  for (int64_t t = 0; t < kReadoutFrames; ++t) {
    sum.add(stream.frame(t), stream.times[t]);
    const bool compare = t < 300 || t % 37 == 0 || t > kReadoutFrames - 100;
    if (!compare) continue;
    sum.value(got);
    const auto want = directly(stream, rule_, t);
    worst = std::max(worst, difference(got, want).worst);
    // Half a unit in the last place of a float below 1.
    ASSERT_TRUE(near("frame " + std::to_string(t), got, want, 6.1e-8));
  }
  std::printf("%s: off by %.1e at most\n", GetParam().c_str(), worst);
}

TEST_P(ReadoutRule, WindowKeepsTheNewestOfAFasterStream) {
  if (rule_.kind != Readout::Kind::kWindow) GTEST_SKIP() << "a rule without a window";
  const Stream stream = make_stream(0.0004);  // 2,500 frames per second, far above kWindowFps
  ReadoutSum sum(rule_, kDim);
  std::vector<float> got(kDim);
  for (int64_t t = 0; t < 3000; ++t) {
    sum.add(stream.frame(t), stream.times[t]);
    if (t % 29 != 0) continue;
    sum.value(got);
    std::vector<double> want(kDim);
    int64_t count = 0;
    for (; count < sum.window_capacity() && count <= t && stream.times[t] - stream.times[t - count] < rule_.seconds;
         ++count) {
      for (size_t i = 0; i < want.size(); ++i) want[i] += static_cast<double>(stream.frame(t - count)[i]);
    }
    for (double& value : want) value /= static_cast<double>(count);
    ASSERT_TRUE(near("frame " + std::to_string(t), got, want, 6.1e-8));
  }
}

TEST_P(ReadoutRule, JumpsBackInTimeAreBridged) {
  // Two files in one stream: the second starts where the first did.
  const Stream stream = make_stream(0.01);
  ReadoutSum twice(rule_, kDim), once(rule_, kDim);
  std::vector<float> a(kDim), b(kDim);
  for (int64_t t = 0; t < 400; ++t) {
    const double since = stream.times[t] - stream.times[200];
    const double again = t < 200 ? stream.times[t] : stream.times[0] + since;
    const double joined = t < 200 ? stream.times[t] : stream.times[199] + since;
    twice.add(stream.frame(t), again);
    once.add(stream.frame(t), joined);
    twice.value(a);
    once.value(b);
    ASSERT_TRUE(near("frame " + std::to_string(t), a, b, 1e-6));
  }
}

TEST_P(ReadoutRule, SnapshotsContinueBitForBit) {
  const Stream stream = make_stream(0.01);
  // Time has jumped back before the snapshot: the offset added to it since then must be in the snapshot too.
  const auto time_of = [&stream](int64_t t) { return stream.times[t] + (t < 1000 ? 100.0 : 0.0); };
  ReadoutSum first(rule_, kDim);
  for (int64_t t = 0; t < 1500; ++t) first.add(stream.frame(t), time_of(t));
  ReadoutSum second(rule_, kDim), dirty(rule_, kDim);
  for (const double time : {3e4, 1e4, 2e4}) dirty.add(stream.frame(77), time);
  second.restore(first.snapshot());
  dirty.restore(first.snapshot());
  std::vector<float> a(kDim), b(kDim), c(kDim);
  for (int64_t t = 1500; t < 4000; ++t) {
    for (auto* sum : {&first, &second, &dirty}) sum->add(stream.frame(t), time_of(t));
    first.value(a);
    second.value(b);
    dirty.value(c);
    ASSERT_EQ(a, b) << t;
    ASSERT_EQ(a, c) << t;
  }
}

TEST_P(ReadoutRule, ResetForgetsEverything) {
  const Stream stream = make_stream(0.01);
  ReadoutSum used(rule_, kDim), fresh(rule_, kDim);
  for (int64_t t = 0; t < 500; ++t) used.add(stream.frame(t), stream.times[t] + 1e5);
  used.reset();
  std::vector<float> a(kDim), b(kDim);
  for (int64_t t = 0; t < 500; ++t) {
    used.add(stream.frame(t), stream.times[t]);
    fresh.add(stream.frame(t), stream.times[t]);
    used.value(a);
    fresh.value(b);
    ASSERT_EQ(a, b) << t;
  }
}

TEST_P(ReadoutRule, RejectedProposalsAddNothing) {
  const Stream stream = make_stream(0.01);
  ReadoutSum sum(rule_, kDim), plain(rule_, kDim);
  std::vector<float> proposed(kDim), a(kDim), b(kDim);
  for (int64_t t = 0; t < 3000; ++t) {
    sum.propose(stream.frame(t + 7), stream.times[t] + 1e4, proposed);  // a jump that empties a window
    sum.propose(stream.frame(t), stream.times[t], proposed);
    sum.accept(stream.frame(t));
    plain.add(stream.frame(t), stream.times[t]);
    sum.value(a);
    plain.value(b);
    ASSERT_EQ(a, b) << t;
    ASSERT_EQ(a, proposed) << t;
  }
}

INSTANTIATE_TEST_SUITE_P(Rules, ReadoutRule,
                         testing::Values("mean", "last", "window=0.5", "window=0.001", "window=30", "ema=0.5",
                                         "ema=20"),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::replace_if(name.begin(), name.end(), [](char c) { return !isalnum(c); }, '_');
                           return name;
                         });

// Time does not stand still until the old time is reached again, and the offset added to it stays.
TEST(ReadoutTime, ContinuesAfterAJumpBack) {
  constexpr size_t kTimes = 7, kApart = 5;  // kApart: a frame where standing still would give another answer
  // Quarters, so that sums of times are exact.
  const double jumping[kTimes] = {10, 3, 3.5, 4.25, 1, 1.5, 12};
  const double going_on[kTimes] = {10, 10, 10.5, 11.25, 11.25, 11.75, 22.25};
  const double standing[kTimes] = {10, 10, 10, 10, 10, 10, 12};
  const float values[kTimes] = {0.5f, -0.25f, 0.125f, 0.75f, -0.5f, 0.25f, 1.0f};
  for (const char* rule : {"window=1", "ema=1"}) {
    const Readout readout = parse_readout(rule, "test");
    ReadoutSum jumped(readout, 1), went_on(readout, 1), stood(readout, 1);
    std::vector<float> a(1), b(1), c(1);
    for (size_t t = 0; t < kTimes; ++t) {
      const auto value = std::span(values).subspan(t, 1);
      jumped.add(value, jumping[t]);
      went_on.add(value, going_on[t]);
      stood.add(value, standing[t]);
      jumped.value(a);
      went_on.value(b);
      stood.value(c);
      EXPECT_EQ(a, b) << rule << ", frame " << t;
      if (t == kApart) {
        EXPECT_NE(a, c) << rule;
      }
    }
  }
}

TEST(ReadoutWindow, FramesAsOldAsTheWindowAreDropped) {
  ReadoutSum sum(parse_readout("window=2", "test"), 1);
  std::vector<float> got(1);
  const float values[] = {8, 4, 2, 1};
  const float means[] = {8, 6, 3, 1.5f};
  for (size_t t = 0; t < 4; ++t) {
    sum.add(std::span(values).subspan(t, 1), static_cast<double>(t));
    sum.value(got);
    EXPECT_EQ(got[0], means[t]) << t;
  }
}

// Any finite time is allowed, in any order.
TEST(ReadoutTime, OfAnySizeGivesFiniteResults) {
  const double times[] = {0, 1e308, 0, 1e308, 1e308, -1e308, 1, 2, 1e15, 1e15, 5e14, 1e-300, 3};
  for (const char* rule : {"mean", "last", "window=1", "ema=1", "ema=1e-300", "window=1e-6", "ema=1e6"}) {
    ReadoutSum sum(parse_readout(rule, "test"), 1);
    std::vector<float> got(1);
    for (int round = 0; round < 20; ++round) {
      for (const double time : times) {
        const float one = 1;
        sum.add({&one, 1}, time);
        sum.value(got);
        ASSERT_NEAR(got[0], 1, 1e-6) << rule << " " << time;
        ASSERT_TRUE(std::isfinite(sum.snapshot().last_time) && std::isfinite(sum.snapshot().time_offset)) << rule;
      }
    }
  }
}

// A window reserves only address space; it uses memory for the frames in it, wherever the ring stands.
TEST(ReadoutWindow, TakesMemoryAsItFills) {
  constexpr int64_t kWide = 3072, kAdded = 30000;  // the ring has 24,001 slots of 12 kB: 295 MB
  constexpr double kMegabyte = 1e6;
  const auto before = static_cast<double>(resident_bytes());
  ReadoutSum sum(parse_readout("window=200", "test"), kWide);
  const std::vector<float> features(kWide, 0.5f);
  for (int64_t t = 0; t < kAdded; ++t) sum.add(features, 20.0 * static_cast<double>(t));  // ten in the window
  EXPECT_LT(static_cast<double>(resident_bytes()) - before, 20 * kMegabyte);
  EXPECT_EQ(sum.snapshot().window_times.size(), 10u);
  for (int64_t t = 0; t < 5000; ++t) sum.add(features, 20.0 * kAdded + 1e-3 * static_cast<double>(t));
  EXPECT_GT(static_cast<double>(resident_bytes()) - before, 5000 * kWide * sizeof(float) * 0.9);
  const ReadoutSum copy(sum);
  EXPECT_EQ(copy.snapshot().window, sum.snapshot().window);
}

TEST(ReadoutWindow, RefusesOneThatDoesNotFitInMemory) {
  expect_error(ErrorKind::kUsage, {"--readout", "window"},
               [] { ReadoutSum(parse_readout("window=100000", "test"), 3072); });
}

// Times in seconds are decimal fractions: a window as long as n frames holds n frames, however their times are rounded.
TEST(ReadoutWindow, HoldsAsManyFramesAsItIsLong) {
  const std::vector<float> features(kDim, 0.5F);
  for (const auto& [fps, frames] : {std::pair{25, 10}, {25, 16}, {30, 32}, {24, 100}}) {
    ReadoutSum sum({Readout::Kind::kWindow, static_cast<double>(frames) / fps}, kDim);
    for (int t = 0; t < 2000; ++t) {
      sum.add(features, static_cast<double>(t) / fps);
      ASSERT_EQ(std::ssize(sum.snapshot().window_times), std::min(t + 1, frames)) << fps << ' ' << frames << ' ' << t;
    }
  }
}

}  // namespace
}  // namespace trecvit::test
