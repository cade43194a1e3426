// Sessions on live sources: a slow consumer, connections that break, policies.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "pipeline/session_test.h"
#include "trecvit/video/read_ahead.h"
#include "video/scripted_source.h"

namespace trecvit::test {
namespace {

constexpr auto kFast = std::chrono::microseconds(300);

Script small_frames(Script script) {
  script.height = 8;
  script.width = 12;
  return script;
}

// A source that has a gap before some frames.
class WithGaps : public ScriptedSource {
 public:
  WithGaps(Script script, std::vector<int64_t> gaps) : ScriptedSource(std::move(script)), gaps_(std::move(gaps)) {}
  bool read(Frame& frame) override {
    const bool got = ScriptedSource::read(frame);
    frame.after_gap = got && std::ranges::find(gaps_, frame.index) != gaps_.end();
    return got;
  }

 private:
  std::vector<int64_t> gaps_;
};

class LiveSession : public SessionTest {
 protected:
  ModelInput live(const Script& script, const ReadAheadOptions& options) const {
    auto source = read_ahead(
        [&](const std::stop_token& stop) { return std::make_unique<ScriptedSource>(small_frames(script), stop); }, {},
        [&](const SourceInfo&) { return options; });
    return {std::move(source), config_};
  }
  std::vector<float> logits_of(std::vector<int64_t> gaps, bool reset_at_gap, const FrameChoice& choice = {}) {
    RecordingSink sink;
    ModelInput input(std::make_unique<WithGaps>(small_frames({.frames = 9}), std::move(gaps)), config_, choice);
    Session(engine_, model_->make_state(), sink, 0, reset_at_gap).run(input);
    return sink.logits;
  }
};

// The sink is many times slower than the source. When a step begins, no frame that was there before is passed over for
// an older one; every frame is counted; and every result has its age.
TEST_F(LiveSession, ASlowConsumerGetsTheNewestFrame) {
  constexpr int64_t kFrames = 400;
  std::atomic<int64_t> produced = 0;
  ModelInput input = live({.frames = kFrames, .pause = kFast, .at_frame = [&](int64_t frame) { produced = frame; }},
                          {.frames = 1, .skips = true});
  RecordingSink sink;
  int64_t newest_before = 0, last = -1, taken = 0;
  sink.at_frame = [&](const FrameResult& result) {
    EXPECT_GT(result.frame.index, last);
    EXPECT_GE(result.frame.index, newest_before);
    last = result.frame.index;
    EXPECT_EQ(result.frame.skipped, last - taken++);
    ASSERT_TRUE(result.age_ms.has_value());
    EXPECT_GE(*result.age_ms, result.latency_ms);
    std::this_thread::sleep_for(10 * kFast);
    newest_before = produced - 1;  // the one before is in the queue for certain
  };
  const SessionTotals totals = session(sink).run(input);
  EXPECT_EQ(last, kFrames - 1);
  EXPECT_EQ(totals.frames + totals.skipped, kFrames);
  EXPECT_LT(totals.frames, kFrames / 2);
}

TEST_F(LiveSession, FramesOfOtherSourcesHaveNoAge) {
  ModelInput input = live({.frames = 3, .is_live = false}, {});
  RecordingSink sink;
  sink.at_frame = [](const FrameResult& result) { EXPECT_FALSE(result.age_ms.has_value()); };
  EXPECT_EQ(session(sink).run(input).skipped, 0);
}

TEST_F(LiveSession, TheStateIsKeptOrResetAtAGap) {
  const std::vector<float> whole = logits_of({}, true);
  EXPECT_EQ(logits_of({4}, false), whole);
  std::vector<float> reset = logits_of({4}, true);
  EXPECT_NE(reset, whole);
  // From the gap on the answers are those of a stream that begins there.
  const size_t classes = whole.size() / 9;
  RecordingSink sink;
  ModelInput rest(std::make_unique<ScriptedSource>(small_frames({.frames = 9})), config_, {.start_seconds = 4.0 / 25});
  session(sink).run(rest);
  reset.erase(reset.begin(), reset.begin() + static_cast<std::ptrdiff_t>(4 * classes));
  EXPECT_EQ(sink.logits, reset);
}

// The gap lies before a frame that is not chosen.
TEST_F(LiveSession, AGapIsNotLostWithItsFrame) {
  FrameChoice every_third;
  every_third.step = 3;
  EXPECT_NE(logits_of({4}, true, every_third), logits_of({}, true, every_third));
  EXPECT_EQ(logits_of({4}, true, every_third), logits_of({6}, true, every_third));
}

TEST_F(LiveSession, ARateChoosesEvenlySpreadFrames) {
  const auto indices = [&](double fps, double rate) {
    RecordingSink sink;
    FrameChoice choice;
    choice.fps = rate;
    ModelInput input(std::make_unique<ScriptedSource>(small_frames({.frames = 25, .fps = fps})), config_, choice);
    session(sink).run(input);
    return sink.indices;
  };
  EXPECT_EQ(indices(25, 5), (std::vector<int64_t>{0, 5, 10, 15, 20}));
  EXPECT_EQ(indices(30, 10), (std::vector<int64_t>{0, 3, 6, 9, 12, 15, 18, 21, 24}));
  EXPECT_EQ(indices(25, 10), (std::vector<int64_t>{0, 3, 5, 8, 10, 13, 15, 18, 20, 23}));
  EXPECT_EQ(indices(25, 1000).size(), 25U) << "no more than there are";
}

}  // namespace
}  // namespace trecvit::test
