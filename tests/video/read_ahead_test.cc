#include "trecvit/video/read_ahead.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

#include "support/errors.h"
#include "video/scripted_source.h"

namespace trecvit::test {
namespace {

using std::chrono::milliseconds;

std::unique_ptr<FrameSource> ahead(const Script& script, const ReadAheadOptions& options,
                                   const std::stop_token& user = {}) {
  return read_ahead([&](const std::stop_token& stop) { return std::make_unique<ScriptedSource>(script, stop); }, user,
                    [&](const SourceInfo&) { return options; });
}

TEST(ReadAhead, EveryFrameComesInOrder) {
  const auto source = ahead({.frames = 500}, {.frames = 3});
  EXPECT_EQ(source->info().name, "scripted");
  Frame frame;
  for (int64_t i = 0; i < 500; ++i) {
    ASSERT_TRUE(source->read(frame));
    EXPECT_EQ(frame.index, i);
    EXPECT_EQ(frame.skipped, 0);
    EXPECT_EQ(frame.image.view().row<uint8_t>(0)[0], static_cast<uint8_t>(i));
    EXPECT_NE(frame.arrived, std::chrono::steady_clock::time_point{});
  }
  EXPECT_FALSE(source->read(frame));
  EXPECT_FALSE(source->read(frame));
  EXPECT_EQ(source->faults().damaged_packets, 500);
}

// While the user has not asked for the first frame, as many as may wait are read, one more is held, and no others.
TEST(ReadAhead, ReadsNoMoreThanMayWait) {
  std::atomic<int64_t> reached = 0;
  const auto source = ahead({.frames = 100, .at_frame = [&](int64_t frame) { reached = frame; }}, {.frames = 3});
  while (reached < 3) std::this_thread::yield();
  std::this_thread::sleep_for(milliseconds(20));
  EXPECT_EQ(reached, 3);
}

TEST(ReadAhead, FewerLargeFramesWait) {
  std::atomic<int64_t> reached = 0;
  const Script large{.frames = 100, .width = 4096, .height = 2048, .at_frame = [&](int64_t frame) { reached = frame; }};
  const auto source = ahead(large, {.frames = 50});
  const int64_t wait = kMaxPixelsWaiting / (4096 * 2048);
  while (reached < wait) std::this_thread::yield();
  std::this_thread::sleep_for(milliseconds(50));
  EXPECT_EQ(reached, wait);
}

TEST(ReadAhead, TheNewestFrameWinsAndEveryFrameIsCounted) {
  std::atomic<bool> is_read = false;
  const Script fast{.frames = 2000, .at_frame = [&](int64_t frame) { is_read = frame == 1999; }};
  const auto source = ahead(fast, {.frames = 1, .skips = true});
  int64_t taken = 0, last = -1;
  Frame frame;
  while (source->read(frame)) {
    EXPECT_GT(frame.index, last);
    EXPECT_EQ(frame.skipped, frame.index - taken);
    last = frame.index;
    ++taken;
    if (taken == 5) {
      while (!is_read) std::this_thread::yield();
      std::this_thread::sleep_for(milliseconds(5));
    }
  }
  EXPECT_EQ(last, 1999) << "the newest frame is never skipped";
  EXPECT_EQ(taken + frame.skipped, 2000);
  EXPECT_LE(taken, 7);
}

TEST(ReadAhead, OldFramesAreSkipped) {
  const auto source = ahead({.frames = 10}, {.frames = 10, .skips = true, .max_latency_seconds = 0.02});
  std::this_thread::sleep_for(milliseconds(60));
  Frame frame;
  ASSERT_TRUE(source->read(frame));
  EXPECT_EQ(frame.index, 9) << "the newest one is kept although it is old";
  EXPECT_EQ(frame.skipped, 9);
  EXPECT_FALSE(source->read(frame));
}

// A gap before a frame that is skipped is a gap before the next one.
TEST(ReadAhead, AGapIsNotLostWithItsFrame) {
  class WithGap : public ScriptedSource {
   public:
    using ScriptedSource::ScriptedSource;
    bool read(Frame& frame) override {
      const bool got = ScriptedSource::read(frame);
      frame.after_gap = got && frame.index == 3;
      return got;
    }
  };
  const auto source =
      read_ahead([](const std::stop_token& stop) { return std::make_unique<WithGap>(Script{.frames = 10}, stop); }, {},
                 [](const SourceInfo&) { return ReadAheadOptions{.frames = 1, .skips = true}; });
  std::this_thread::sleep_for(milliseconds(30));
  Frame frame;
  ASSERT_TRUE(source->read(frame));
  EXPECT_EQ(frame.index, 9);
  EXPECT_TRUE(frame.after_gap);
}

TEST(ReadAhead, AnErrorComesAfterTheFramesBeforeIt) {
  const auto source = ahead({.frames = 3, .breaks = true}, {.frames = 4});
  Frame frame;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(source->read(frame));
  expect_error(ErrorKind::kInput, {"got a cut"}, [&] { source->read(frame); });
}

TEST(ReadAhead, AStopEndsAWait) {
  std::stop_source user;
  const auto source = ahead({.frames = 1, .endless = true}, {.frames = 4}, user.get_token());
  Frame frame;
  EXPECT_TRUE(source->read(frame));
  std::jthread later([&user] {
    std::this_thread::sleep_for(milliseconds(20));
    user.request_stop();
  });
  EXPECT_THROW(source->read(frame), Stopped);
}

// The reader waits for a source without an end, and for room: both end with the object.
TEST(ReadAhead, IsDestroyedWhileItWaits) {
  {
    const auto source = ahead({.frames = 0, .endless = true}, {.frames = 1});
  }
  {
    const auto source = ahead({.frames = 100}, {.frames = 1});
  }
}

TEST(ReadAhead, WrongOptionsAreRefused) {
  expect_error(ErrorKind::kUsage, {"1 frame or more", "got 0"}, [] { ahead({}, {.frames = 0}); });
  expect_error(ErrorKind::kUsage, {"latency over 0 s"}, [] { ahead({}, {.max_latency_seconds = 0}); });
}

}  // namespace
}  // namespace trecvit::test
