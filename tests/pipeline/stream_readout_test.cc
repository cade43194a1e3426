// The default readout of a stream: what takes precedence, the length of the window, and the note about it.
#include "trecvit/pipeline/stream_readout.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "engine/engine_test.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/locales.h"
#include "support/temp_dir.h"

namespace trecvit::test {
namespace {

ModelConfig trained_on(int64_t frames, const std::string& readout = "mean") {
  ModelConfig config = small_config();
  config.clip_frames = frames;
  config.readout = parse_readout(readout, "test");
  return config;
}

ModelChoice with_readout(const std::string& readout) {
  ModelChoice choice;
  choice.readout = readout;
  return choice;
}

void expect_window(const StreamReadout& got, double seconds, const std::vector<std::string>& words) {
  EXPECT_EQ(got.rule, (Readout{Readout::Kind::kWindow, seconds})) << to_string(got.rule);
  EXPECT_TRUE(got.why.starts_with("readout " + to_string(got.rule) + ": ")) << got.why;
  for (const auto& word : words) EXPECT_NE(got.why.find(word), std::string::npos) << word << " is not in: " << got.why;
}

SourceInfo source_at(std::optional<double> fps, std::optional<double> average_fps = {}) {
  SourceInfo source;
  source.fps_from_header = fps;
  source.average_fps_from_header = average_fps;
  return source;
}

TEST(RateSeen, IsOfFramesAStrideApart) {
  ModelConfig config = small_config();
  EXPECT_EQ(rate_seen(source_at(25.0), config, 1), 25);
  config.frame_stride = 2;
  EXPECT_EQ(rate_seen(source_at(25.0), config, 1), 12.5);
  EXPECT_EQ(rate_seen(source_at(25.0), config, 2), 12.5) << "not both";
  EXPECT_EQ(rate_seen(source_at(25.0), config, 5), 5) << "of the frames that are read";
}

TEST(RateSeen, IsTheAverageIfTheHeaderHasOne) {
  EXPECT_EQ(rate_seen(source_at(60.0, 24.0), small_config(), 1), 24);
  EXPECT_EQ(rate_seen(source_at({}, 24.0), small_config(), 1), 24);
}

TEST(RateSeen, IsUnknownIfTheHeaderLies) {
  const ModelConfig config = small_config();
  EXPECT_EQ(rate_seen(source_at({}), config, 1), 0);
  EXPECT_EQ(rate_seen(source_at(1000.0), config, 1), 1000) << "a high-speed camera";
  for (const double fps : {0.0, -25.0, 1000.5, 90000.0, std::numeric_limits<double>::infinity(), std::nan("")})
    EXPECT_EQ(rate_seen(source_at(fps), config, 1), 0) << fps;
}

TEST(StreamReadoutRule, TheRequestedOneComesFirst) {
  for (const char* rule : {"mean", "last", "window=2.5", "ema=0.1"}) {
    // The state file is not even opened.
    const StreamReadout got = stream_readout(with_readout(rule), trained_on(32, "last"), 25, "no.state");
    EXPECT_EQ(to_string(got.rule), rule);
    EXPECT_EQ(got.why, "");
  }
  for (const char* rule : {"median", "window=0", "window=nan", "ema"})
    expect_error(ErrorKind::kUsage, {"[--readout]"}, [&] { stream_readout(with_readout(rule), trained_on(32), 25); });
}

TEST(StreamReadoutRule, ThatOfTheStateComesSecond) {
  const TempDir dir;
  const std::string path = dir.file("a.state");
  make_model(small_config(), "reference")->make_state(parse_readout("ema=0.25", "test")).save(path, Overwrite::kNo);
  const StreamReadout got = stream_readout({}, trained_on(32, "last"), 25, path);
  EXPECT_EQ(to_string(got.rule), "ema=0.25");
  EXPECT_EQ(got.why, "readout ema=0.25, with which " + path + " was saved");
}

TEST(StreamReadoutRule, AFileThatIsNotAStateIsRefused) {
  const TempDir dir;
  write_file(dir.file("notes.txt"), "readout: mean\n");
  for (const std::string name : {"notes.txt", "none.state"}) {
    expect_error(ErrorKind::kInput, {name}, [&] { stream_readout({}, trained_on(32), 25, dir.file(name)); });
  }
}

TEST(StreamReadoutRule, ThatOfTheModelComesThirdUnlessItIsTheMean) {
  for (const char* rule : {"last", "window=2.5", "ema=0.1"}) {
    const StreamReadout got = stream_readout({}, trained_on(32, rule), 25);
    EXPECT_EQ(to_string(got.rule), rule);
    EXPECT_EQ(got.why, "");
  }
}

TEST(StreamReadoutRule, TheMeanBecomesTheLengthOfTheTrainingClips) {
  expect_window(stream_readout({}, trained_on(32), 12.5), 2.56,
                {"length of the training clips (32 frames at 12.5 per second)", "--readout"});
  // As shown in the note, which people copy: whole milliseconds, rounded down.
  expect_window(stream_readout({}, trained_on(10), 30), 0.333, {"(10 frames at 30 per second)"});
  expect_window(stream_readout({}, trained_on(20), 30), 0.666, {});
  // 8039.999... ms in binary, which is 8040.
  expect_window(stream_readout({}, trained_on(201), 25), 8.04, {});
  // Less than a millisecond would be no window at all.
  expect_window(stream_readout({}, trained_on(1), 5000), 0.001, {});
}

TEST(StreamReadoutRule, TheWindowOfTheNoteIsTheOneInForce) {
  for (int64_t frames = 1; frames < 300; frames += 7) {
    for (const double rate : {1.0, 12.5, 24000.0 / 1001, 29.97, 1000.0}) {
      const Readout rule = stream_readout({}, trained_on(frames), rate).rule;
      EXPECT_EQ(parse_readout(to_string(rule), "test"), rule) << frames << " at " << rate;
      EXPECT_LE(rule.seconds, std::max(static_cast<double>(frames) / rate, 0.001) + 1e-9) << frames << " at " << rate;
    }
  }
}

TEST(StreamReadoutRule, AnUnknownLengthGivesTenSeconds) {
  for (const auto& [frames, rate] : {std::pair<int64_t, double>{0, 25}, {-4, 25}, {32, 0}}) {
    expect_window(stream_readout({}, trained_on(frames), rate), kUnknownWindow,
                  {"length of the training clips is unknown", "--readout"});
  }
}

TEST(StreamReadoutRule, AWindowThatDoesNotFitInMemoryGivesTenSeconds) {
  // 52 floats for each of 120 frames a second: 1 GB is 40,064 seconds.
  expect_window(stream_readout({}, trained_on(40'000), 1), 40'000, {"length of the training clips"});
  for (const int64_t frames : {int64_t{41'000}, int64_t{2'000'000'000}, std::numeric_limits<int64_t>::max()}) {
    expect_window(stream_readout({}, trained_on(frames), 1), kUnknownWindow,
                  {std::to_string(frames) + " frames of the training clips does not fit in memory", "--readout"});
  }
}

TEST(StreamReadoutRule, NoteIsIndependentOfTheLocale) {
  const std::string want = stream_readout({}, trained_on(3200), 12.5).why;
  const CppLocale locale;
  EXPECT_EQ(stream_readout({}, trained_on(3200), 12.5).why, want);
}

}  // namespace
}  // namespace trecvit::test
