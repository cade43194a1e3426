// A stream from a source to sinks: the calls of the sinks, the end of a stream, and that no memory is allocated once it
// is warm.
#include "trecvit/pipeline/session.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "pipeline/session_test.h"
#include "support/counted_allocations.h"
#include "support/errors.h"
#include "support/temp_dir.h"
#include "trecvit/io/npz.h"

namespace trecvit::test {
namespace {

TEST_F(SessionTest, GivesTheAnswersOfTheEngine) {
  RecordingSink sink;
  ModelInput input = open();
  const SessionTotals totals = session(sink).run(input);
  EXPECT_EQ(totals.frames, 40);
  EXPECT_EQ(totals.latency_ms.size(), 40U);
  EXPECT_FALSE(totals.stopped);
  StreamState state = model_->make_state();
  std::vector<float> want;
  ModelInput again = open();
  for (InputFrame frame; again.next(frame);) {
    const StepResult result = engine_.step(frame.pixels.span(), state, frame.pts_seconds);
    want.insert(want.end(), result.logits.begin(), result.logits.end());
  }
  EXPECT_EQ(sink.logits, want);
  EXPECT_EQ(sink.sources, std::vector<std::string>{kNoise});
  EXPECT_EQ(sink.frames_at_end, std::vector<int64_t>{40});
}

// The same bits whether a stream is read at once or in uneven parts.
TEST_F(SessionTest, ContinuesAfterTheRunBefore) {
  RecordingSink whole, parts;
  ModelInput input = open();
  session(whole).run(input);
  Session going = session(parts);
  ModelInput again = open();
  for (const int64_t frames : {1, 7, 32}) {
    std::stop_source stop;
    const auto until = static_cast<int64_t>(parts.indices.size()) + frames;
    parts.at_frame = [&](const FrameResult&) {
      if (std::ssize(parts.indices) == until) stop.request_stop();
    };
    EXPECT_EQ(going.run(again, stop.get_token()).frames, frames);
  }
  EXPECT_EQ(parts.indices, whole.indices);
  EXPECT_EQ(parts.logits, whole.logits);
}

TEST_F(SessionTest, ResetsAfterSecondsOfVideo) {
  RecordingSink whole, first;
  ModelInput input = open(), again = open();
  Session session_of_parts = session(whole, 0.4);  // ten frames at 25 frames per second
  session_of_parts.run(input);
  FrameChoice last;
  last.start_seconds = 1.2;
  ModelInput end = open(kNoise, last);
  session(first).run(end);
  ASSERT_EQ(first.indices.front(), 30);
  const std::vector<float> of_end(whole.logits.end() - std::ssize(first.logits), whole.logits.end());
  EXPECT_EQ(of_end, first.logits);
}

TEST_F(SessionTest, AStopBeforeTheFirstFrameReadsNone) {
  std::stop_source stop;
  stop.request_stop();
  RecordingSink sink;
  ModelInput input = open();
  Session stopped = session(sink);
  EXPECT_EQ(stopped.run(input, stop.get_token()).frames, 0);
  EXPECT_EQ(sink.frames_at_end, std::vector<int64_t>{0});
  EXPECT_EQ(stopped.run(input).frames, 40) << "no frame is lost";
}

TEST_F(SessionTest, AStopOfTheSourceEndsIt) {
  std::stop_source stop;
  FrameChoice choice;
  choice.source.stop = stop.get_token();
  ModelInput input = open(kNoise, choice);
  RecordingSink sink;
  sink.at_frame = [&](const FrameResult& result) {
    if (result.frame.index == 4) stop.request_stop();
  };
  const SessionTotals totals = session(sink).run(input);
  EXPECT_EQ(totals.frames, 5);
  EXPECT_TRUE(totals.stopped);
}

// The engine's own token is in force where run() gets none.
TEST_F(SessionTest, AStopOfTheEngineEndsIt) {
  std::stop_source stop;
  engine_.stop_on(stop.get_token());
  ModelInput input = open();
  RecordingSink sink;
  sink.at_frame = [&](const FrameResult& result) {
    if (result.frame.index == 4) stop.request_stop();
  };
  EXPECT_EQ(session(sink).run(input).frames, 5);
  engine_.stop_on({});
}

TEST_F(SessionTest, AnExceptionOfASinkEndsTheStream) {
  RecordingSink sink;
  sink.at_frame = [](const FrameResult&) { throw std::runtime_error("full"); };
  ModelInput input = open();
  EXPECT_THROW(session(sink).run(input), std::runtime_error);
  EXPECT_EQ(sink.indices, std::vector<int64_t>{0});
  EXPECT_EQ(sink.frames_at_end, std::vector<int64_t>{1});
  EXPECT_TRUE(sink.failed);
}

// A source of a program's own.
class FailingSource : public FrameSource {
 public:
  FailingSource() { info_.name = "camera"; }
  const SourceInfo& info() const override { return info_; }
  bool read(Frame& frame) override {
    if (frames_ == 3) fail_input("camera", "expected frames, got a loose cable");
    std::memset(frame.image.resize(PixelType::kU8, 8, 12), 100, size_t{8} * 12 * 3);
    frame.index = frames_++;
    frame.pts_seconds = static_cast<double>(frame.index) / 25;
    return true;
  }

 private:
  SourceInfo info_;
  int64_t frames_ = 0;
};

TEST_F(SessionTest, AnErrorOfTheSourceComesAfterTheSinksEnd) {
  RecordingSink sink;
  ModelInput input(std::make_unique<FailingSource>(), config_);
  expect_error(ErrorKind::kInput, {"[camera]", "loose cable"}, [&] { session(sink).run(input); });
  EXPECT_EQ(sink.sources, std::vector<std::string>{"camera"});
  EXPECT_EQ(sink.frames_at_end, std::vector<int64_t>{3});
  EXPECT_TRUE(sink.failed);
}

TEST_F(SessionTest, FramesMayBePushed) {
  RecordingSink whole, pushed;
  ModelInput input = open(), again = open();
  session(whole).run(input);
  Session pushing = session(pushed);
  pushing.begin(again.info());
  for (InputFrame frame; again.next(frame);) pushing.step(frame);
  EXPECT_EQ(pushing.end({}).frames, 40);
  EXPECT_EQ(pushed.logits, whole.logits);
}

// The frame that is due to be the first after a reset fails: the state stays as it was.
TEST_F(SessionTest, AFailedStepUndoesItsReset) {
  RecordingSink whole, other;
  ModelInput input = open(), again = open();
  session(whole).run(input);
  Session resetting = session(other, 0.4);
  resetting.begin(again.info());
  InputFrame frame;
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(again.next(frame));
    resetting.step(frame);
  }
  ASSERT_TRUE(again.next(frame));
  frame.pixels[0] = NAN;
  expect_error(ErrorKind::kInput, {"[synthetic:noise", "frame 10]"}, [&] { resetting.step(frame); });
  EXPECT_EQ(resetting.state().frames(), 10);
  again.prepare(frame);
  frame.pts_seconds = 0.39;  // no reset is due
  resetting.step(frame);
  EXPECT_EQ(other.logits.size(), 11 * whole.logits.size() / 40);
  EXPECT_TRUE(std::equal(other.logits.begin(), other.logits.end(), whole.logits.begin()));
}

// Two sessions take turns: each is stopped by its own token alone.
TEST_F(SessionTest, ATokenStopsItsOwnRunAlone) {
  std::stop_source of_one, of_both;
  engine_.stop_on(of_both.get_token());
  RecordingSink sink;
  RecordingSink none;
  Session one = session(none), other = session(sink);
  ModelInput input = open(), again = open();
  of_one.request_stop();
  EXPECT_EQ(one.run(input, of_one.get_token()).frames, 0);
  EXPECT_EQ(other.run(again).frames, 40);
  EXPECT_EQ(engine_.stop(), of_both.get_token());
}

// A step that is stopped half-way: the first of a stream can always be.
TEST_F(SessionTest, AStopWithinAStepLeavesTheStateBefore) {
  std::stop_source stop;
  ModelInput input = open();
  RecordingSink sink;
  Session stopped = session(sink);
  struct StoppingSink : ProgressSink {
    explicit StoppingSink(std::stop_source& of) : source(of) {}
    void advance(int64_t) override { source.request_stop(); }
    std::stop_source& source;
  } stopping(stop);
  input.frames().report_to(stopping);  // after the check between two frames, before the step
  EXPECT_EQ(stopped.run(input, stop.get_token()).frames, 0);
  EXPECT_EQ(stopped.state().frames(), 0);
}

// A stream that is read in parts is reset at the same frames.
TEST_F(SessionTest, SecondsSinceTheLastResetContinue) {
  RecordingSink whole, parts;
  ModelInput input = open(), again = open();
  session(whole, 0.4).run(input);
  Session going = session(parts, 0.4);
  for (const int64_t until : {3, 17, 40}) {
    std::stop_source stop;
    parts.at_frame = [&](const FrameResult&) {
      if (std::ssize(parts.indices) == until) stop.request_stop();
    };
    going.run(again, stop.get_token());
  }
  EXPECT_EQ(parts.logits, whole.logits);
}

// Exact to the frame, although most times are not exact in binary.
TEST_F(SessionTest, FramesToReadAreThoseThatAreRead) {
  struct Counter : ProgressSink {
    void advance(int64_t units) override { frames += units; }
    int64_t frames = 0;
  };
  for (const double start : {0.0, 0.28, 0.56, 1.12}) {
    for (const double duration : {0.04, 0.28, 0.3, 9.0}) {
      for (const int64_t most : {1, 3, 100}) {
        FrameChoice choice;
        choice.start_seconds = start;
        choice.duration_seconds = duration;
        choice.max_frames = most;
        choice.step = 2;
        Counter counter;
        ModelInput chosen = open(kNoise, choice);
        chosen.frames().report_to(counter);
        for (Frame frame; chosen.frames().next(frame);) {
        }
        EXPECT_EQ(frames_to_read(chosen.info(), choice), counter.frames) << start << ' ' << duration << ' ' << most;
      }
    }
  }
}

// Without encoded video, because FFmpeg allocates for each frame. Six frames circulate between the reader and the
// session: four that wait, and one in the hands of each.
TEST_F(SessionTest, AllocatesNothingOnceItIsWarm) {
  if (!TRECVIT_COUNTS_ALLOCATIONS) GTEST_SKIP() << "allocations cannot be counted in this build";
  struct Counting : ResultSink {
    void frame(const FrameResult& result) override {
      if (result.frame.index == 8) heap::allocations = 0, heap::counting = true;
      if (result.frame.index == 39) heap::counting = false, counted = heap::allocations;
      sum += result.answer.logits[0];
    }
    int64_t counted = -1;
    float sum = 0;
  };
  const TempDir dir;
  const std::string array = dir.file("clip.npz");
  std::vector<uint8_t> bytes(40 * frame_floats(config_));
  NpzWriter writer(array, Overwrite::kNo);
  writer.add("video", {bytes.data(), {40, config_.image_height, config_.image_width, 3}, DType::kU8});
  writer.finish();
  for (const std::string& source : {std::string(kNoise), std::string("synthetic:noise?frames=40&size=30x50"), array}) {
    for (const char* readout : {"mean", "window=1"}) {
      Counting sink;
      ModelInput input = open(source);
      Session(engine_, model_->make_state(parse_readout(readout, "test")), sink).run(input);
      EXPECT_EQ(sink.counted, 0) << source << ' ' << readout;
    }
  }
}

}  // namespace
}  // namespace trecvit::test
