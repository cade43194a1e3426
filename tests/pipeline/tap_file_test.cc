// Taps of whole inputs: their values over several clips, their shapes, and the file.
#include "trecvit/pipeline/tap_file.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "engine/engine_test.h"
#include "pipeline/published.h"
#include "support/errors.h"
#include "support/golden.h"
#include "support/near.h"
#include "support/temp_dir.h"

namespace trecvit::test {
namespace {

constexpr DumpMode kModes[] = {DumpMode::kClip, DumpMode::kStream};

// The fixture mu_clips8: two videos of eight frames, each split into two clips of four.
class TapsOfClips : public testing::TestWithParam<std::string> {
 protected:
  // `count` entries, from `begin`, along the first axis of an array in the fixture.
  static std::vector<float> published(const std::string& name, int64_t begin, int64_t count) {
    const HostTensor array = golden_arrays("mu_clips8.npz").read(name);
    const auto size = static_cast<size_t>(array.count() / array.shape()[0]);
    const auto part = array.as<float>().subspan(static_cast<size_t>(begin) * size, static_cast<size_t>(count) * size);
    return {part.begin(), part.end()};
  }

  GoldenCase golden_ = golden_case("mu_clips8");
  Engine engine_{make_model(golden_.config, GetParam(), golden_.seed)};
};

TEST_P(TapsOfClips, EqualThePublishedOnes) {
  const std::set<std::string> names{"tokenizer", "state.00.h", "state.01.conv", "logits", "probs"};
  const int64_t tokens = golden_.config.tokens(), width = golden_.config.width, lru_width = golden_.config.lru_width;
  for (int64_t video = 0; video < golden_.batch; ++video) {
    const auto frames = golden_video(golden_, video);
    for (const DumpMode mode : kModes) {
      const TapArrays taps = collect_taps(engine_, frames, golden_.clips, mode, names);
      ASSERT_EQ(taps.size(), names.size());
      // Frames of all clips in order; in the fixture, the two clips of this video.
      EXPECT_EQ(taps.at("tokenizer").shape, (Shape{8, tokens, width}));
      EXPECT_TRUE(near("tokenizer", taps.at("tokenizer").values, published("tokens", 2 * video, 2), kPublished));
      EXPECT_EQ(taps.at("state.00.h").shape, (Shape{2, tokens, lru_width}));
      EXPECT_TRUE(near("h", taps.at("state.00.h").values, published("state/00/h", 2 * video, 2), kPublished));
      EXPECT_EQ(taps.at("state.01.conv").shape, (Shape{2, tokens, 3, lru_width}));
      EXPECT_TRUE(near("conv", taps.at("state.01.conv").values, published("state/01/conv", 2 * video, 2), kPublished));
      // Means over the clips: of the logits, and of the softmax of each clip.
      const auto& logits = taps.at("logits").values;
      const auto want_probs = published("probs", video, 1);
      EXPECT_EQ(taps.at("logits").shape, (Shape{10}));
      EXPECT_TRUE(near("logits", logits, published("logits", video, 1), kPublished));
      EXPECT_EQ(taps.at("probs").shape, (Shape{10}));
      EXPECT_TRUE(near("probs", taps.at("probs").values, want_probs, kPublished));
      std::vector<float> softmax_of_mean(logits.size());
      softmax(logits, softmax_of_mean);
      EXPECT_GT(difference(softmax_of_mean, want_probs).worst, kSoftmaxOfMeanIsOff);
    }
  }
}

class Taps : public testing::TestWithParam<std::string> {
 protected:
  static constexpr int64_t kFrames = 6;

  TapArrays collect(int64_t clips, DumpMode mode, const std::set<std::string>& names) {
    return collect_taps(engine_, pixels_, clips, mode, names);
  }
  std::set<std::string> all() const {
    const auto names = tap_names(engine_.model());
    return {names.begin(), names.end()};
  }

  ModelConfig config_ = small_config();
  Engine engine_{make_model(config_, GetParam())};
  std::vector<float> pixels_ = noise_frames(config_, kFrames);
};

TEST_P(Taps, AllNamedTapsAreTheSameInBothModes) {
  for (const int64_t clips : {1, 3}) {
    const TapArrays clip = collect(clips, DumpMode::kClip, all()), stream = collect(clips, DumpMode::kStream, all());
    std::set<std::string> names;
    for (const auto& [name, array] : clip) {
      names.insert(name);
      EXPECT_EQ(static_cast<int64_t>(array.values.size()), element_count(array.shape)) << name;
      EXPECT_EQ(stream.at(name).shape, array.shape) << name;
      EXPECT_TRUE(bit_equal(name, stream.at(name).values, array.values));
    }
    EXPECT_EQ(names, all());
    EXPECT_EQ(stream.size(), clip.size());
    EXPECT_EQ(clip.at("temporal.01").shape, (Shape{kFrames, 7, 24}));
    EXPECT_EQ(clip.at("prefix_logits").shape, (Shape{kFrames, 11}));
  }
}

// Only with more than one clip is there an axis for clips.
TEST_P(Taps, StateOfOneClipHasNoAxisOfClips) {
  const TapArrays one = collect(1, DumpMode::kClip, {"state.01.h", "state.01.conv"});
  EXPECT_EQ(one.at("state.01.h").shape, (Shape{7, 36}));
  EXPECT_EQ(one.at("state.01.conv").shape, (Shape{7, 3, 36}));
  const TapArrays three = collect(3, DumpMode::kClip, {"state.01.h", "state.01.conv"});
  EXPECT_EQ(three.at("state.01.h").shape, (Shape{3, 7, 36}));
  EXPECT_EQ(three.at("state.01.conv").shape, (Shape{3, 7, 3, 36}));
}

TEST_P(Taps, EveryClipStartsFromAnEmptyState) {
  const std::set<std::string> names{"prefix_logits", "state.00.h"};
  const TapArrays all_clips = collect(3, DumpMode::kStream, names);
  const size_t clip = pixels_.size() / 3;
  const auto last = std::span<const float>(pixels_).last(clip);
  const TapArrays alone = collect_taps(engine_, last, 1, DumpMode::kStream, names);
  for (const auto& [name, array] : alone) {
    const auto part = std::span(all_clips.at(name).values).last(array.values.size());
    EXPECT_TRUE(bit_equal(name, part, array.values));
  }
}

// As in the published code, whatever readout the model has.
TEST_P(Taps, LogitsUseTheMeanOverFrames) {
  ModelConfig config = small_config();
  config.readout = {Readout::Kind::kLast, 0};
  Engine engine(make_model(config, GetParam()));
  const std::set<std::string> names{"logits", "prefix_logits"};
  const TapArrays want = collect(2, DumpMode::kClip, names);
  const TapArrays got = collect_taps(engine, pixels_, 2, DumpMode::kClip, names);
  for (const auto& [name, array] : want) EXPECT_TRUE(bit_equal(name, got.at(name).values, array.values));
}

TEST_P(Taps, UnknownNamesAreRefused) {
  expect_error(ErrorKind::kUsage, {"temporal.02", GetParam()},
               [&] { collect(1, DumpMode::kClip, {"tokenizer", "temporal.02"}); });
  expect_error(ErrorKind::kUsage, {"''"}, [&] { collect(1, DumpMode::kStream, {""}); });
}

TEST_P(Taps, TheFileHoldsAllTaps) {
  const TempDir folder;
  const std::string path = folder.file("taps.npz");
  const TapArrays taps = collect(3, DumpMode::kClip, all());
  write_taps(taps, path, Overwrite::kNo);
  const NpzReader file(open_file(path));
  EXPECT_EQ(file.names().size(), taps.size());
  for (const auto& [name, array] : taps) {
    const HostTensor read = file.read(name);
    EXPECT_EQ(read.shape(), array.shape) << name;
    EXPECT_TRUE(bit_equal(name, read.as<float>(), array.values));
  }
  expect_error(ErrorKind::kUsage, {"taps.npz"}, [&] { write_taps(taps, path, Overwrite::kNo); });
  write_taps(taps, path, Overwrite::kYes);
}

INSTANTIATE_TEST_SUITE_P(Providers, TapsOfClips, testing::ValuesIn(provider_names()),
                         [](const auto& test) { return test.param; });
INSTANTIATE_TEST_SUITE_P(Providers, Taps, testing::ValuesIn(provider_names()),
                         [](const auto& test) { return test.param; });

TEST(TapNames, OnlyTheReferenceHasInnerTaps) {
  const auto model = make_model(small_config(), "reference");
  const auto names = tap_names(*model);
  EXPECT_EQ(std::count(names.begin(), names.end(), "temporal.00.gate_a"), 1);
  for (const auto& provider : fused_provider_names()) {
    Engine engine(make_model(small_config(), provider));
    expect_error(ErrorKind::kUsage, {"temporal.00.gate_a", "--provider reference"}, [&] {
      collect_taps(engine, noise_frames(small_config(), 1), 1, DumpMode::kClip, {"temporal.00.gate_a"});
    });
  }
}

TEST(TapNames, AModelWithConvWidthOneHasNoConvState) {
  ModelConfig config = small_config();
  config.conv1d_width = 1;
  Engine engine(make_model(config, "reference"));
  const auto names = tap_names(engine.model());
  EXPECT_EQ(std::count(names.begin(), names.end(), "state.00.conv"), 0);
  const TapArrays taps = collect_taps(engine, noise_frames(config, 2), 2, DumpMode::kClip, {"state.00.h"});
  EXPECT_EQ(taps.at("state.00.h").shape, (Shape{2, 7, 36}));
}

}  // namespace
}  // namespace trecvit::test
