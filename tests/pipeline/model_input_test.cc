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
  if (frames_read) input.report_to(*frames_read);
  std::vector<int64_t> all;
  while (const auto frame = input.next()) all.push_back(frame->index);
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
    while (input.next()) {
    }
    input.fail_empty();
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
  input.report_to(counter);
  EXPECT_EQ(counter.reads, 0);
  for (const int64_t index : {5, 7, 9}) {
    const auto frame = input.next();
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->index, index);
    EXPECT_EQ(counter.reads, index + 1) << "also of frames that are passed over";
  }
}

TEST(ModelInput, AStopEndsItBetweenTwoFrames) {
  std::stop_source stop;
  FrameChoice choice;
  choice.source.stop = stop.get_token();
  ModelInput input(kShapes, small_config(), choice);
  EXPECT_EQ(input.next()->index, 0);
  stop.request_stop();
  EXPECT_THROW(input.next(), Stopped);
  EXPECT_THROW(input.next(), Stopped);
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
    const auto got = input.next();
    ASSERT_TRUE(got);
    std::vector<float> pixels;
    const auto* bytes = want->image.row<uint8_t>(0);
    for (size_t i = 0; i < frame_floats(small_config()); ++i) pixels.push_back(static_cast<float>(bytes[i]) / 255.0f);
    EXPECT_TRUE(bit_equal("pixels", got->pixels, pixels)) << t;
    EXPECT_EQ(got->index, t);
    EXPECT_NEAR(got->time_seconds, 0.1 * static_cast<double>(t), 1e-12);
    EXPECT_NEAR(got->duration_seconds, 0.1, 1e-12) << "until the next frame of the source, not the next one chosen";
  }
  EXPECT_FALSE(input.next());
  EXPECT_FALSE(input.next());
  EXPECT_EQ(input.faults().damaged_packets, 0);
}

TEST(ModelInput, ResizesToTheModelsInput) {
  ModelInput input("synthetic:black?frames=1&size=40x30", small_config(), {});
  const auto frame = input.next();
  ASSERT_TRUE(frame);
  EXPECT_TRUE(bit_equal("pixels", frame->pixels, std::vector<float>(frame_floats(small_config()))));
}

using ModelInputFile = VideoTest;

// One of twelve timestamps is 500 s too late.
TEST_F(ModelInputFile, AWrongTimestampNeitherStartsNorEndsTheChoice) {
  const auto indices_of = [](const FrameChoice& choice) {
    ModelInput input(clip("late_stamp.mkv"), small_config(), choice);
    std::vector<int64_t> all;
    while (const auto frame = input.next()) all.push_back(frame->index);
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
