// Which frames of a source are chosen, and the pixels and times that the model gets for them.
#include "trecvit/pipeline/model_input.h"

#include <gtest/gtest.h>

#include <numeric>

#include "engine/engine_test.h"
#include "support/errors.h"
#include "support/near.h"
#include "trecvit/base/stop.h"
#include "video/video_test.h"

namespace trecvit::test {
namespace {

// 64 frames at 25 frames per second, with the size that small_config() expects.
const char* const kShapes = "synthetic:shapes?frames=64&size=8x12";

std::vector<int64_t> indices(const FrameChoice& choice, ProgressSink* frames_read = nullptr) {
  ModelInput input(kShapes, small_config(), choice);
  if (frames_read) input.frames().report_to(*frames_read);
  std::vector<int64_t> all;
  for (InputFrame frame; input.next(frame);) all.push_back(frame.index);
  return all;
}

// begin, begin + 1, ..., end - 1
std::vector<int64_t> range(int64_t begin, int64_t end) {
  std::vector<int64_t> all(static_cast<size_t>(end - begin));
  std::iota(all.begin(), all.end(), begin);
  return all;
}

FrameChoice span_of(double start_seconds, double duration_seconds) {
  FrameChoice choice;
  choice.start_seconds = start_seconds;
  choice.duration_seconds = duration_seconds;
  return choice;
}

TEST(ModelInput, GivesEveryFrameByDefault) { EXPECT_EQ(indices({}), range(0, 64)); }

// 1.2 - 1.0 is less than 0.2 in double, but frame 30 must still be excluded.
TEST(ModelInput, StartAndDurationAreExactToTheFrame) {
  EXPECT_EQ(indices(span_of(1, 0.2)), range(25, 30));
  for (int64_t first = 0; first < 50; ++first) {
    const auto frame = static_cast<double>(first);
    for (const double start : {frame / 25, 0.04 * frame, 2 - (50 - frame) / 25}) {
      EXPECT_EQ(indices(span_of(start, 0.2)), range(first, first + 5)) << "from " << start;
      EXPECT_EQ(indices(span_of(start, 0.04)), range(first, first + 1)) << "from " << start;
      EXPECT_EQ(indices(span_of(start, 0.28)), range(first, first + 7)) << "from " << start;
    }
  }
}

TEST(ModelInput, TimesBetweenFramesStartAtTheNextFrame) {
  EXPECT_EQ(indices(span_of(0.99, 0.2)), range(25, 30));  // 1.00 to 1.19
  EXPECT_EQ(indices(span_of(1, 0.21)), range(25, 31));
  EXPECT_EQ(indices(span_of(1, 0.19)), range(25, 30));
  EXPECT_EQ(indices(span_of(1.01, 0.02)), std::vector<int64_t>());
  EXPECT_EQ(indices(span_of(2.4, 100)), range(60, 64));
  EXPECT_EQ(indices(span_of(2.56, 100)), std::vector<int64_t>());
}

TEST(ModelInput, TheErrorForAnEmptyChoiceGivesItsTimes) {
  const auto empty = [](const FrameChoice& choice) {
    ModelInput input(kShapes, small_config(), choice);
    for (InputFrame frame; input.next(frame);) {
    }
    input.frames().fail_empty();
  };
  expect_error(ErrorKind::kInput, {kShapes, "at least one frame at or after 100 s", "ends at 2.56 s", "--start"},
               [&] { empty(span_of(100, 100)); });
  expect_error(ErrorKind::kInput, {"within 0.02 s after 1.01 s", "before 1.04 s", "--duration"},
               [&] { empty(span_of(1.01, 0.02)); });
}

TEST(ModelInput, StepsCountFromTheFirstChosenFrame) {
  FrameChoice choice = span_of(0.12, 0.64);
  choice.step = 4;
  EXPECT_EQ(indices(choice), (std::vector<int64_t>{3, 7, 11, 15}));
  choice.duration_seconds = 0.65;
  EXPECT_EQ(indices(choice), (std::vector<int64_t>{3, 7, 11, 15, 19}));
}

class ReadCounter : public ProgressSink {
 public:
  void advance(int64_t units) override { reads += units; }
  int64_t reads = 0;
};

TEST(ModelInput, MaxFramesCountsChosenFramesAndReadsNoMore) {
  ReadCounter counter;
  FrameChoice choice;
  choice.start_seconds = 0.04;
  choice.step = 3;
  choice.max_frames = 4;
  EXPECT_EQ(indices(choice, &counter), (std::vector<int64_t>{1, 4, 7, 10}));
  EXPECT_EQ(counter.reads, 11);
  choice.max_frames = 0;
  EXPECT_EQ(indices(choice, &counter), std::vector<int64_t>());
  EXPECT_EQ(counter.reads, 11);
}

TEST(ModelInput, ReportsEveryFrameOfTheSource) {
  ReadCounter counter;
  FrameChoice choice;
  choice.start_seconds = 0.2;
  choice.step = 2;
  ModelInput input(kShapes, small_config(), choice);
  input.frames().report_to(counter);
  EXPECT_EQ(counter.reads, 0);
  InputFrame frame;
  for (const int64_t index : {5, 7, 9}) {
    ASSERT_TRUE(input.next(frame));
    EXPECT_EQ(frame.index, index);
    EXPECT_EQ(counter.reads, index + 1) << "also of frames that are passed over";
  }
}

TEST(ModelInput, AStopEndsItBetweenTwoFrames) {
  std::stop_source of_source, of_call;
  FrameChoice choice;
  choice.source.stop = of_source.get_token();
  ModelInput input(kShapes, small_config(), choice);
  InputFrame frame;
  ASSERT_TRUE(input.next(frame));
  of_call.request_stop();
  EXPECT_THROW(input.next(frame, of_call.get_token()), Stopped);
  ASSERT_TRUE(input.next(frame));
  EXPECT_EQ(frame.index, 1) << "no frame is lost";
  of_source.request_stop();
  EXPECT_THROW(input.next(frame), Stopped);
  EXPECT_THROW(input.next(frame), Stopped);
}

// A stop that comes while frames before the start are skipped.
TEST(ModelInput, AStopEndsSkipping) {
  struct StopAtTen : ProgressSink {
    void advance(int64_t) override {
      if (++frames == 10) stop.request_stop();
    }
    std::stop_source stop;
    int64_t frames = 0;
  } counter;
  ModelInput input("synthetic:noise?frames=100000&size=8x12", small_config(), span_of(3600, 1));
  input.frames().report_to(counter);
  InputFrame frame;
  EXPECT_THROW(input.next(frame, counter.stop.get_token()), Stopped);
  EXPECT_EQ(counter.frames, 10);
}

// A source of the program's own, and frames that wait: each keeps its pixels while others are read.
TEST(ModelInput, FramesOwnTheirPixels) {
  ModelInput input(open_source("synthetic:noise?frames=3&size=8x12"), small_config());
  InputFrame first, second, again;
  ASSERT_TRUE(input.next(first));
  const std::vector<float> pixels(first.pixels.span().begin(), first.pixels.span().end());
  ASSERT_TRUE(input.next(second));
  EXPECT_TRUE(bit_equal("pixels", first.pixels.span(), pixels));
  const float* memory = first.pixels.data();
  again = std::move(first);
  ASSERT_TRUE(input.frames().next(again));
  EXPECT_EQ(again.index, 2);
  input.prepare(again);
  EXPECT_EQ(again.pixels.data(), memory) << "memory is reused";
  EXPECT_FALSE(bit_equal("pixels", again.pixels.span(), pixels));
}

TEST(ModelInput, GivesPixelsAndTimesOfTheFrame) {
  const std::string name = "synthetic:noise?frames=6&size=8x12&fps=10";
  const auto source = open_source(name);
  FrameChoice choice;
  choice.step = 5;
  ModelInput input(name, small_config(), choice);
  EXPECT_EQ(input.info().name, name);
  for (int64_t t = 0; t < 6; ++t) {
    const auto want = source->next();
    ASSERT_TRUE(want);
    if (t % 5 != 0) continue;
    InputFrame got;
    ASSERT_TRUE(input.next(got));
    std::vector<float> pixels;
    const auto* bytes = want->image.row<uint8_t>(0);
    for (size_t i = 0; i < frame_floats(small_config()); ++i) pixels.push_back(static_cast<float>(bytes[i]) / 255.0f);
    EXPECT_TRUE(bit_equal("pixels", got.pixels.span(), pixels)) << t;
    EXPECT_EQ(got.index, t);
    EXPECT_NEAR(got.pts_seconds, 0.1 * static_cast<double>(t), 1e-12);
    EXPECT_NEAR(got.duration_seconds, 0.1, 1e-12) << "until the next frame of the source, not the next one chosen";
  }
  InputFrame none;
  EXPECT_FALSE(input.next(none));
  EXPECT_FALSE(input.next(none));
  EXPECT_EQ(input.faults().damaged_packets, 0);
}

TEST(ModelInput, ResizesToTheModelsInput) {
  ModelInput input("synthetic:black?frames=1&size=40x30", small_config(), {});
  InputFrame frame;
  ASSERT_TRUE(input.next(frame));
  EXPECT_TRUE(bit_equal("pixels", frame.pixels.span(), std::vector<float>(frame_floats(small_config()))));
}

using ModelInputFile = VideoTest;

// One of twelve timestamps is 500 s too late.
TEST_F(ModelInputFile, AWrongTimestampNeitherStartsNorEndsTheChoice) {
  const auto indices_of = [](const FrameChoice& choice) {
    ModelInput input(clip("late_stamp.mkv"), small_config(), choice);
    std::vector<int64_t> all;
    for (InputFrame frame; input.next(frame);) all.push_back(frame.index);
    return all;
  };
  EXPECT_EQ(indices_of(span_of(0, 0.36)), range(0, 9));
  EXPECT_EQ(indices_of(span_of(0.16, 0.12)), range(4, 7));
  EXPECT_EQ(indices_of(span_of(1, 1000)), std::vector<int64_t>());
}

TEST(ModelInput, FailsIfTheSourceFails) {
  expect_error(ErrorKind::kInput, {"nothing.npz"}, [] { ModelInput("nothing.npz", small_config(), {}); });
  expect_error(ErrorKind::kUsage, {"cats"}, [] { ModelInput("synthetic:cats", small_config(), {}); });
}

}  // namespace
}  // namespace trecvit::test
