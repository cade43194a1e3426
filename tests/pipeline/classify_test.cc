// The prediction for a whole video: one causal pass, and the published split into clips.
#include "trecvit/pipeline/classify.h"

#include <gtest/gtest.h>

#include "engine/engine_test.h"
#include "pipeline/clip_file.h"
#include "pipeline/published.h"
#include "support/errors.h"
#include "support/golden.h"
#include "support/near.h"
#include "support/temp_dir.h"
#include "trecvit/base/random.h"

namespace trecvit::test {
namespace {

std::vector<float> probs_of(const std::vector<float>& logits) {
  std::vector<float> probs(logits.size());
  softmax(logits, probs);
  return probs;
}

TEST(SplitIntoClips, CountsClipsTheirFramesAndDroppedFrames) {
  struct Case {
    int64_t frames, asked;
    ClipSplit split;
  };
  const Case cases[] = {
      {8, 4, {2, 4, 0}},  {10, 4, {2, 5, 0}}, {11, 4, {2, 5, 1}}, {4, 4, {1, 4, 0}}, {7, 4, {1, 7, 0}},
      {14, 4, {3, 4, 2}}, {3, 4, {1, 3, 0}},  {1, 32, {1, 1, 0}}, {5, 1, {5, 1, 0}},
  };
  for (const auto& [frames, asked, want] : cases) {
    const ClipSplit got = split_into_clips(frames, asked);
    EXPECT_EQ(got.clips, want.clips) << frames << " by " << asked;
    EXPECT_EQ(got.frames_per_clip, want.frames_per_clip) << frames << " by " << asked;
    EXPECT_EQ(got.dropped, want.dropped) << frames << " by " << asked;
  }
}

class Classify : public testing::Test {
 protected:
  static constexpr int64_t kFrames = 7;

  Classify() : bytes_(static_cast<size_t>(kFrames) * frame_floats(config_)) {
    const RandomStream random(7, "classify");
    for (size_t i = 0; i < bytes_.size(); ++i) bytes_[i] = random.byte(i);
    write_clip(path_, {kFrames, config_.image_height, config_.image_width, 3}, bytes_);
  }

  ModelInput open(const FrameChoice& choice = {}) const { return {path_, config_, choice}; }
  OpenInput opener() const {
    return [this] { return open(); };
  }

  // A state that was used for another video.
  StreamState used_state(const Readout& readout = {}) {
    StreamState state = model_->make_state(readout);
    step(kFrames - 1, state);
    return state;
  }
  std::vector<float> step(int64_t frame, StreamState& state) {
    std::vector<float> pixels;
    const size_t size = frame_floats(config_);
    for (const uint8_t byte : std::span(bytes_).subspan(static_cast<size_t>(frame) * size, size)) {
      pixels.push_back(static_cast<float>(byte) / 255.0f);
    }
    const StepResult result = engine_.step(pixels, state, 0.04 * static_cast<double>(frame));
    return {result.logits.begin(), result.logits.end()};
  }
  // The logits after the last of these frames, as a stream of their own.
  std::vector<float> stepped(int64_t begin, int64_t end, const Readout& readout = {}) {
    StreamState state = model_->make_state(readout);
    std::vector<float> logits;
    for (int64_t frame = begin; frame < end; ++frame) logits = step(frame, state);
    return logits;
  }

  ModelConfig config_ = small_config();
  std::shared_ptr<const Model> model_ = make_model(config_, provider_names().back());
  Engine engine_{model_};
  TempDir folder_;
  std::string path_ = folder_.file("clip.npz");
  std::vector<uint8_t> bytes_;
};

TEST_F(Classify, PredictsAfterTheLastFrame) {
  for (const char* rule : {"mean", "last", "window=0.1", "ema=0.1"}) {
    const Readout readout = parse_readout(rule, "test");
    StreamState state = used_state(readout);
    const VideoAnswer answer = classify_video(engine_, state, opener());
    const auto want = stepped(0, kFrames, readout);
    EXPECT_EQ(answer.logits, want) << rule;
    EXPECT_EQ(answer.probs, probs_of(want)) << rule;
    EXPECT_EQ(answer.frames, kFrames);
    EXPECT_EQ(answer.dropped, 0);
    EXPECT_EQ(answer.clips, 1);
    EXPECT_EQ(answer.faults.damaged_packets, 0);
  }
}

TEST_F(Classify, SecondsEndWithTheLastChosenFrame) {
  StreamState state = used_state();
  EXPECT_NEAR(classify_video(engine_, state, opener()).seconds, 0.28, 1e-9);
  FrameChoice choice;
  choice.step = 2;
  choice.max_frames = 3;
  const VideoAnswer answer = classify_video(engine_, state, [&] { return open(choice); });
  EXPECT_EQ(answer.frames, 3);
  EXPECT_NEAR(answer.seconds, 0.2, 1e-9);  // frame 4 is shown from 0.16 to 0.2
}

TEST_F(Classify, SourceWithoutFramesIsAnError) {
  StreamState state = used_state();
  FrameChoice none;
  none.start_seconds = 100;
  const auto empty = [&] { return open(none); };
  const std::vector<std::string> words{"clip.npz", "at least one frame"};
  expect_error(ErrorKind::kInput, words, [&] { classify_video(engine_, state, empty); });
  expect_error(ErrorKind::kInput, words, [&] { classify_split(engine_, state, empty, 3); });
}

TEST_F(Classify, SplitAveragesClipsThatStartFromAnEmptyState) {
  StreamState state = used_state();
  const VideoAnswer answer = classify_split(engine_, state, opener(), 3);
  const auto first = stepped(0, 3), second = stepped(3, 6);  // frame 6 is dropped
  const auto mean = [](const std::vector<float>& a, const std::vector<float>& b) {
    std::vector<float> means;
    for (size_t i = 0; i < a.size(); ++i) {
      means.push_back(static_cast<float>((static_cast<double>(a[i]) + static_cast<double>(b[i])) / 2));
    }
    return means;
  };
  EXPECT_EQ(answer.logits, mean(first, second));
  EXPECT_EQ(answer.probs, mean(probs_of(first), probs_of(second)));
  EXPECT_EQ(answer.clips, 2);
  EXPECT_EQ(answer.frames, 6);
  EXPECT_EQ(answer.dropped, 1);
  EXPECT_NEAR(answer.seconds, 0.24, 1e-9);
}

TEST_F(Classify, SplitOfTooFewFramesIsOneClip) {
  StreamState state = used_state();
  const VideoAnswer answer = classify_split(engine_, state, opener(), 100);
  EXPECT_EQ(answer.logits, stepped(0, kFrames));
  EXPECT_EQ(answer.probs, probs_of(answer.logits));
  EXPECT_EQ(answer.clips, 1);
  EXPECT_EQ(answer.frames, kFrames);
  EXPECT_EQ(answer.dropped, 0);
}

TEST_F(Classify, SplitOfASourceThatBecomesShorterIsAnError) {
  StreamState state = used_state();
  int opened = 0;
  const auto shrinking = [&] {
    FrameChoice choice;
    if (opened++ > 0) choice.max_frames = 4;
    return open(choice);
  };
  expect_error(ErrorKind::kInput, {"clip.npz", "7 frames", "fewer"},
               [&] { classify_split(engine_, state, shrinking, 3); });
}

class ClassifyPublished : public testing::TestWithParam<std::tuple<std::string, std::string>> {};

TEST_P(ClassifyPublished, SplitGivesThePublishedPrediction) {
  const auto& [name, provider] = GetParam();
  const GoldenCase golden = golden_case(name);
  const auto model = make_model(golden.config, provider, golden.seed);
  Engine engine(model);
  StreamState state = model->make_state();
  const NpzReader arrays = golden_arrays(name + ".npz");
  const HostTensor input = arrays.read("input_u8"), logits = arrays.read("logits"), probs = arrays.read("probs");
  const Shape one(input.shape().begin() + 1, input.shape().end());
  const auto videos = static_cast<size_t>(golden.batch), classes = static_cast<size_t>(golden.config.num_classes);
  const size_t bytes = input.as<uint8_t>().size() / videos;
  const TempDir folder;
  for (size_t b = 0; b < videos; ++b) {
    const std::string path = folder.file("clip" + std::to_string(b) + ".npz");
    write_clip(path, one, input.as<uint8_t>().subspan(b * bytes, bytes));
    const VideoAnswer answer =
        classify_split(engine, state, [&] { return ModelInput(path, golden.config, {}); }, golden.num_frames);
    const auto want_probs = probs.as<float>().subspan(b * classes, classes);
    EXPECT_TRUE(near("logits", answer.logits, logits.as<float>().subspan(b * classes, classes), kPublished));
    EXPECT_TRUE(near("probs", answer.probs, want_probs, kPublished));
    EXPECT_GT(difference(probs_of(answer.logits), want_probs).worst, kSoftmaxOfMeanIsOff);
    EXPECT_EQ(answer.clips, golden.clips);
    EXPECT_EQ(answer.frames, golden.frames);
    EXPECT_EQ(answer.dropped, 0);
    EXPECT_NEAR(answer.seconds, 0.04 * static_cast<double>(golden.frames), 1e-9);
  }
}

INSTANTIATE_TEST_SUITE_P(Golden, ClassifyPublished,
                         testing::Combine(testing::Values("mu_clips8", "mu_clips10"),
                                          testing::ValuesIn(provider_names())),
                         [](const auto& test) { return std::get<0>(test.param) + "_" + std::get<1>(test.param); });

}  // namespace
}  // namespace trecvit::test
