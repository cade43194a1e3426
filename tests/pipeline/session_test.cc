// A stream from a source to its sinks: what the sinks receive, how a stream ends, and that it allocates nothing after
// warm-up.
#include "trecvit/pipeline/session.h"

#include <gtest/gtest.h>

#include "engine/engine_test.h"
#include "support/counted_allocations.h"
#include "support/errors.h"
#include "support/temp_dir.h"
#include "trecvit/io/json.h"
#include "trecvit/io/npz.h"

namespace trecvit::test {
namespace {

const char* const kNoise = "synthetic:noise?frames=40&size=8x12";

// Records what a sink receives, and calls at_frame for each frame.
class Hearing : public ResultSink {
 public:
  void begin(const SourceInfo& source) override { sources.push_back(source.name); }
  void frame(const FrameResult& result) override {
    indices.push_back(result.index);
    times.push_back(result.time_seconds);
    logits.insert(logits.end(), result.answer.logits.begin(), result.answer.logits.end());
    if (at_frame) at_frame(result);
  }
  void end(const SessionTotals& totals) override { frames_at_end.push_back(totals.frames); }

  std::vector<std::string> sources;
  std::vector<int64_t> indices, frames_at_end;
  std::vector<double> times;
  std::vector<float> logits;
  std::function<void(const FrameResult&)> at_frame;
};

class SessionTest : public testing::Test {
 protected:
  ModelInput open(const std::string& source = kNoise, const FrameChoice& choice = {}) const {
    return {source, config_, choice};
  }
  Session session(std::vector<ResultSink*> sinks, double reset_every_seconds = 0) {
    return {engine_, model_->make_state(), std::move(sinks), reset_every_seconds};
  }

  ModelConfig config_ = small_config();
  std::shared_ptr<const Model> model_ = make_model(config_, "auto");
  Engine engine_{model_};
};

// The sinks get the same results as from calls of the engine.
TEST_F(SessionTest, GivesTheResultsOfTheEngine) {
  Hearing hearing, other;
  ModelInput input = open();
  const SessionTotals totals = session({&hearing, &other}).run(input);
  EXPECT_EQ(totals.frames, 40);
  EXPECT_EQ(totals.latency_ms.size(), 40U);
  EXPECT_FALSE(totals.stopped);
  StreamState state = model_->make_state();
  std::vector<float> want;
  ModelInput again = open();
  while (const auto frame = again.next()) {
    const StepResult result = engine_.step(frame->pixels, state, frame->time_seconds);
    want.insert(want.end(), result.logits.begin(), result.logits.end());
  }
  EXPECT_EQ(hearing.logits, want);
  EXPECT_EQ(other.logits, want);
  EXPECT_EQ(hearing.sources, std::vector<std::string>{kNoise});
  EXPECT_EQ(hearing.frames_at_end, std::vector<int64_t>{40});
}

// A stream gives the same bits whether it is read at once or in uneven parts.
TEST_F(SessionTest, ContinuesAfterTheRunBefore) {
  Hearing whole, parts;
  ModelInput input = open();
  session({&whole}).run(input);
  Session going = session({&parts});
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
  Hearing whole, first;
  ModelInput input = open(), again = open();
  Session session_of_parts = session({&whole}, 0.4);  // ten frames at 25 frames per second
  session_of_parts.run(input);
  FrameChoice last;
  last.start_seconds = 1.2;
  ModelInput end = open(kNoise, last);
  session({&first}).run(end);
  ASSERT_EQ(first.indices.front(), 30);
  const std::vector<float> of_end(whole.logits.end() - std::ssize(first.logits), whole.logits.end());
  EXPECT_EQ(of_end, first.logits);
}

TEST_F(SessionTest, AStopBeforeTheFirstFrameReadsNone) {
  std::stop_source stop;
  stop.request_stop();
  Hearing hearing;
  ModelInput input = open();
  Session stopped = session({&hearing});
  EXPECT_EQ(stopped.run(input, stop.get_token()).frames, 0);
  EXPECT_EQ(hearing.frames_at_end, std::vector<int64_t>{0});
  EXPECT_EQ(stopped.run(input).frames, 40) << "no frame is lost";
}

// The input has a stop token of its own, which ends it even while it skips frames.
TEST_F(SessionTest, AStopOfTheInputEndsTheRun) {
  std::stop_source stop;
  FrameChoice choice;
  choice.source.stop = stop.get_token();
  ModelInput input = open(kNoise, choice);
  Hearing hearing;
  hearing.at_frame = [&](const FrameResult& result) {
    if (result.index == 4) stop.request_stop();
  };
  const SessionTotals totals = session({&hearing}).run(input);
  EXPECT_EQ(totals.frames, 5);
  EXPECT_TRUE(totals.stopped);
}

TEST_F(SessionTest, AnExceptionFromASinkEndsTheRun) {
  Hearing hearing;
  hearing.at_frame = [](const FrameResult&) { throw std::runtime_error("full"); };
  ModelInput input = open();
  EXPECT_THROW(session({&hearing}).run(input), std::runtime_error);
  EXPECT_EQ(hearing.indices, std::vector<int64_t>{0});
}

// Two streams that share an engine are stopped by their own tokens. Afterwards the engine has its own token again.
TEST_F(SessionTest, AStopAppliesOnlyToItsOwnRun) {
  std::stop_source of_one, of_both;
  engine_.stop_on(of_both.get_token());
  Hearing hearing;
  Session one = session({}), other = session({&hearing});
  ModelInput input = open(), again = open();
  of_one.request_stop();
  EXPECT_EQ(one.run(input, of_one.get_token()).frames, 0);
  EXPECT_EQ(other.run(again).frames, 40);
  EXPECT_EQ(engine_.stop(), of_both.get_token());
}

// A step is stopped half-way. The first step of a stream can always be undone.
TEST_F(SessionTest, AStopWithinAStepKeepsTheStateBefore) {
  std::stop_source stop;
  ModelInput input = open();
  Session stopped = session({});
  struct Asking : ProgressSink {
    explicit Asking(std::stop_source& of) : source(of) {}
    void advance(int64_t) override { source.request_stop(); }
    std::stop_source& source;
  } asking(stop);
  input.report_to(asking);  // called between the check of the stop token and the step
  EXPECT_EQ(stopped.run(input, stop.get_token()).frames, 0);
  EXPECT_EQ(stopped.state().frames(), 0);
}

// A stream that is read in parts is reset at the same frames.
TEST_F(SessionTest, SecondsSinceTheLastResetContinueAcrossRuns) {
  Hearing whole, parts;
  ModelInput input = open(), again = open();
  session({&whole}, 0.4).run(input);
  Session going = session({&parts}, 0.4);
  for (const int64_t until : {3, 17, 40}) {
    std::stop_source stop;
    parts.at_frame = [&](const FrameResult&) {
      if (std::ssize(parts.indices) == until) stop.request_stop();
    };
    going.run(again, stop.get_token());
  }
  EXPECT_EQ(parts.logits, whole.logits);
}

// The number of frames is exact, even for seconds that binary fractions cannot represent.
TEST_F(SessionTest, FramesToReadIsTheNumberOfFramesRead) {
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
        chosen.report_to(counter);
        while (chosen.next()) {
        }
        EXPECT_EQ(frames_to_read(chosen.info(), choice), counter.frames) << start << ' ' << duration << ' ' << most;
      }
    }
  }
}

// For sources whose frames this project generates; FFmpeg allocates for each frame.
TEST_F(SessionTest, AllocatesNothingAfterWarmUp) {
  if (!TRECVIT_COUNTS_ALLOCATIONS) GTEST_SKIP() << "allocations cannot be counted in this build";
  struct Counting : ResultSink {
    void frame(const FrameResult& result) override {
      if (result.index == 4) heap::allocations = 0, heap::counting = true;
      if (result.index == 39) heap::counting = false, counted = heap::allocations;
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
      Session(engine_, model_->make_state(parse_readout(readout, "test")), {&sink}).run(input);
      EXPECT_EQ(sink.counted, 0) << source << ' ' << readout;
    }
  }
}

TEST(SinkKinds, EachHasAName) {
  std::vector<std::string_view> names;
  for (const auto& kind : sink_kinds()) {
    names.push_back(kind.name);
    EXPECT_FALSE(kind.what.empty());
  }
  EXPECT_EQ(names, (std::vector<std::string_view>{"text", "json", "features"}));
}

TEST_F(SessionTest, LinesAndFeaturesMatchTheFrames) {
  const TempDir dir;
  std::vector<std::string> lines;
  const auto keep = [&lines](std::string_view line) { lines.emplace_back(line); };
  const auto text = open_sink("text", {.config = &config_, .topk = 2, .write = keep});
  const auto json = open_sink("json", {.config = &config_, .topk = 3, .write = keep});
  const auto features = open_sink("features", {.config = &config_, .path = dir.file("f.npz"), .tokens = true});
  Hearing hearing;
  FrameChoice choice;
  choice.step = 10;
  ModelInput input = open(kNoise, choice);
  session({text.get(), json.get(), features.get(), &hearing}).run(input);
  ASSERT_EQ(lines.size(), 8U);
  EXPECT_TRUE(lines[2].starts_with("    10      0.400 s")) << lines[2];
  const Json object = parse_json(lines[3], "line");
  EXPECT_EQ(object.at("schema"), "trecvit.stream/1");
  EXPECT_EQ(object.at("source"), kNoise);
  EXPECT_EQ(object.at("frame"), 10);
  EXPECT_EQ(object.at("top").size(), 3U);
  EXPECT_FALSE(std::filesystem::exists(dir.file("f.npz"))) << "not before it is finished";
  features->finish();
  const NpzReader file(open_file(dir.file("f.npz")));
  EXPECT_EQ(file.read("frame").as<int64_t>()[3], 30);
  EXPECT_EQ(file.read("time_s").as<double>()[3], hearing.times[3]);
  EXPECT_EQ(file.read("cls").shape(), (Shape{4, config_.width}));
  EXPECT_EQ(file.read("tokens").shape(), (Shape{4, config_.tokens(), config_.width}));
}

}  // namespace
}  // namespace trecvit::test
