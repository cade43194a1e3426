#include "trecvit/data/evaluate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "data/fake_dataset.h"
#include "support/errors.h"

namespace trecvit {
namespace {

using test::FakeDataset;

// Likelihoods are means of logarithms of float values near 0.5.
constexpr double kTolerance = 1e-6;

EvaluateOptions in_batches(int64_t batch) {
  EvaluateOptions options;
  options.batch = batch;
  options.workers = 2;
  return options;
}

using Scores = std::function<std::vector<float>(int64_t index, int64_t view)>;

// Scores each clip by its sample and view, which are encoded in its pixels.
Predict by_clip(const Scores& scores) {
  return [scores](const Batch& batch) {
    std::vector<float> out;
    for (size_t i = 0; i < static_cast<size_t>(batch.clips); ++i) {
      const auto one = scores(batch.index[i], batch.pixels[3 * FakeDataset::kFrames * i + 2]);
      out.insert(out.end(), one.begin(), one.end());
    }
    return out;
  };
}

struct Counts : ProgressSink {
  void advance(int64_t clips) override { units.push_back(clips); }
  std::vector<int64_t> units;
};

// Always predicts class 0, which is correct for samples 0, 3, 6, ...
std::vector<float> always_first(int64_t, int64_t) { return {0.5F, 0.3F, 0.2F}; }

TEST(Evaluate, CountsSamples) {
  const FakeDataset dataset(7);
  for (const int64_t batch : {1, 3, 7, 16}) {
    const Evaluation result = evaluate(dataset, in_batches(batch), by_clip(always_first));
    EXPECT_EQ(result.metrics.count, 7);
    EXPECT_DOUBLE_EQ(result.metrics.accuracy, 3.0 / 7);
    EXPECT_EQ(result.metrics.confusion, (std::vector<int64_t>{3, 0, 0, 2, 0, 0, 2, 0, 0}));
    EXPECT_NEAR(result.metrics.likelihood_loss, -(3 * std::log(0.5) + 2 * std::log(0.3) + 2 * std::log(0.2)) / 7,
                kTolerance);
    EXPECT_FALSE(result.metrics.mean_average_precision);
    EXPECT_TRUE(result.mistakes.empty() && result.bad_files.empty());
    EXPECT_EQ(result.metrics.classes[1].name, "class1");
  }
}

TEST(Evaluate, ViewsAreAveragedBeforeCounting) {
  FakeDataset dataset(4, 2);
  dataset.views_in_testing = 3;
  // Two of three views favour class 0, but the mean favours class 1.
  const auto scores = [](int64_t, int64_t view) {
    return view == 1 ? std::vector<float>{0, 1} : std::vector<float>{0.625F, 0.375F};
  };
  for (const int64_t batch : {1, 2, 5, 12}) {  // some of these batches separate the views of a sample
    const Evaluation result = evaluate(dataset, in_batches(batch), by_clip(scores));
    EXPECT_EQ(result.metrics.count, 4);
    EXPECT_EQ(result.metrics.confusion, (std::vector<int64_t>{0, 2, 0, 2}));
    EXPECT_NEAR(result.metrics.likelihood_loss, -(std::log(1.25 / 3) + std::log(1.75 / 3)) / 2, kTolerance);
  }
}

TEST(Evaluate, PredictionsThatAreNotFiniteAreRefused) {
  const FakeDataset dataset(7);
  for (const float bad : {NAN, INFINITY}) {
    const auto scores = [bad](int64_t index, int64_t) {
      return index == 4 ? std::vector<float>{0.5F, bad, 0.2F} : std::vector<float>{0.5F, 0.3F, 0.2F};
    };
    for (const int64_t batch : {1, 3, 16})
      test::expect_error(ErrorKind::kInput, {"sample4", "finite"},
                         [&] { evaluate(dataset, in_batches(batch), by_clip(scores)); });
  }
}

TEST(Evaluate, BadViewsAreLeftOutOfTheMean) {
  FakeDataset dataset(4, 2);
  dataset.views_in_testing = 2;
  dataset.bad = {1};
  EvaluateOptions options = in_batches(2);
  options.bad_limit = 0.25;
  const auto right = [](int64_t index, int64_t) {
    return index % 2 ? std::vector<float>{0, 1} : std::vector<float>{1, 0};
  };
  test::expect_error(ErrorKind::kInput, {"sample1"}, [&] { evaluate(dataset, options, by_clip(right)); });
  for (const BadFiles bad_files : {BadFiles::kSkip, BadFiles::kReplace}) {
    options.bad_files = bad_files;
    int64_t batches = 0;
    Counts counts;
    options.control.progress = &counts;
    const Evaluation result = evaluate(dataset, options, [&](const Batch& batch) {
      ++batches;
      return by_clip(right)(batch);
    });
    EXPECT_EQ(result.metrics.count, 3) << "a sample was counted twice or a bad one at all";
    EXPECT_EQ(result.metrics.accuracy, 1);
    EXPECT_EQ(std::accumulate(counts.units.begin(), counts.units.end(), int64_t{0}), 6);
    EXPECT_EQ(std::ranges::count(counts.units, 0), 0);
    EXPECT_EQ(batches, 3) << "the batch of sample 1 is empty";
    EXPECT_EQ(result.bad_files, (std::vector<std::pair<std::string, std::string>>{{"sample1", "[sample1] no video"}}));
  }
}

TEST(Evaluate, WithoutReadableClipsTheResultIsNan) {
  FakeDataset dataset(2, 2);
  dataset.bad = {0, 1};
  EvaluateOptions options = in_batches(2);
  options.bad_files = BadFiles::kSkip;
  options.bad_limit = 1;
  const Evaluation result = evaluate(dataset, options, by_clip(always_first));
  EXPECT_EQ(result.metrics.count, 0);
  EXPECT_TRUE(std::isnan(result.metrics.accuracy));
}

TEST(Evaluate, KeepsTheMostConfidentMistakes) {
  FakeDataset dataset(9);
  dataset.views_in_testing = 2;
  dataset.label = [](int64_t) { return 0; };
  // Sample i is classified as class 2 with 0.5 + i / 20, except samples 3 and 7, which are correct. The second view
  // counts as much as the first.
  const auto scores = [](int64_t index, int64_t view) {
    const float p = 0.5F + static_cast<float>(index) / 20 + (view == 0 ? 0.05F : -0.05F);
    return index % 4 == 3 ? std::vector<float>{p, 0, 1 - p} : std::vector<float>{0, 1 - p, p};
  };
  EvaluateOptions options = in_batches(4);
  options.mistakes = 3;
  const auto mistakes = evaluate(dataset, options, by_clip(scores)).mistakes;
  ASSERT_EQ(mistakes.size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    const int64_t index = std::array{8, 6, 5}[i];
    EXPECT_EQ(mistakes[i].name, "sample" + std::to_string(index));
    EXPECT_EQ(mistakes[i].truth, 0);
    EXPECT_EQ(mistakes[i].predicted, 2);
    EXPECT_NEAR(mistakes[i].probability, 0.5 + static_cast<double>(index) / 20, kTolerance);
    EXPECT_EQ(mistakes[i].pixels, dataset.load(index, {}).pixels);
  }
  options.mistakes = 100;
  EXPECT_EQ(evaluate(dataset, options, by_clip(scores)).mistakes.size(), 7u);
}

TEST(Evaluate, EqualMistakesKeepTheOrderOfTheSamples) {
  const FakeDataset dataset(9);
  EvaluateOptions options = in_batches(4);
  options.mistakes = 3;
  const auto mistakes = evaluate(dataset, options, by_clip(always_first)).mistakes;
  ASSERT_EQ(mistakes.size(), 3u);
  EXPECT_EQ(mistakes[0].name + mistakes[1].name + mistakes[2].name, "sample1sample2sample4");
}

TEST(Evaluate, FrameTargetsCountEveryFrame) {
  FakeDataset dataset(3);
  dataset.frame_targets = true;
  // Only the first frame is correct; the prediction for the others is class 0.
  const auto scores = [](int64_t index, int64_t) {
    std::vector<float> out;
    for (int64_t t = 0; t < FakeDataset::kFrames; ++t) {
      for (int64_t c = 0; c < 3; ++c) out.push_back(c == (t == 0 ? index : 0) ? 1.0F : 0.0F);
    }
    return out;
  };
  const Evaluation result = evaluate(dataset, in_batches(2), by_clip(scores));
  EXPECT_EQ(result.metrics.count, 12);
  EXPECT_EQ(result.metrics.confusion, (std::vector<int64_t>{4, 0, 0, 3, 1, 0, 3, 0, 1}));
  ASSERT_EQ(result.metrics.accuracy_by_frame.size(), size_t{FakeDataset::kFrames});
  EXPECT_DOUBLE_EQ(result.metrics.accuracy_by_frame[0], 1);
  EXPECT_DOUBLE_EQ(result.metrics.accuracy_by_frame[1], 1.0 / 3);
  EXPECT_EQ(result.metrics.to_json()["accuracy_by_frame"].size(), size_t{FakeDataset::kFrames});
  EXPECT_TRUE(evaluate(FakeDataset(3), in_batches(2), by_clip(always_first)).metrics.accuracy_by_frame.empty());
}

TEST(Evaluate, SeveralLabelsGiveAveragePrecision) {
  const FakeDataset dataset(4, 2);
  EvaluateOptions options = in_batches(3);
  options.multi_label = true;
  // Class 0 (samples 0 and 2) ranks first and third; class 1 is ranked perfectly.
  const auto scores = [](int64_t index, int64_t) {
    return std::vector<float>{std::array{0.9F, 0.8F, 0.7F, 0.6F}[static_cast<size_t>(index)], index % 2 ? 0.9F : 0.2F};
  };
  const ClassificationMetrics metrics = evaluate(dataset, options, by_clip(scores)).metrics;
  ASSERT_TRUE(metrics.mean_average_precision);
  EXPECT_DOUBLE_EQ(*metrics.mean_average_precision, ((1 + 2.0 / 3) / 2 + 1) / 2);
  EXPECT_TRUE(metrics.confusion.empty());
}

TEST(Evaluate, ReportsEachBatchAndCanBeStoppedThere) {
  const FakeDataset dataset(7);
  Counts counts;
  std::stop_source stop;
  EvaluateOptions options = in_batches(3);
  options.control = {&counts, stop.get_token()};
  evaluate(dataset, options, by_clip(always_first));
  EXPECT_EQ(counts.units, (std::vector<int64_t>{3, 3, 1}));
  stop.request_stop();
  EXPECT_THROW(evaluate(dataset, options, by_clip(always_first)), Stopped);
  EXPECT_EQ(counts.units.size(), 4U) << "the batch that was under way is told of";
}

TEST(Evaluate, AProbabilityOfZeroHasALargeButFiniteLoss) {
  const FakeDataset dataset(3);
  const auto zero = [](int64_t, int64_t) { return std::vector<float>{1, 0, 0}; };
  const double loss = evaluate(dataset, in_batches(3), by_clip(zero)).metrics.likelihood_loss;
  EXPECT_NEAR(loss, -2 * std::log(1e-30) / 3, 1e-3);  // the logarithm is computed in float
}

TEST(Evaluate, ScoresThatAreNotFiniteAreNoPrediction) {
  FakeDataset dataset(3);
  for (const float value : {NAN, INFINITY, -INFINITY}) {
    const auto broken = [value](int64_t index, int64_t) { return std::vector<float>{0.5F, index == 1 ? value : 0, 0}; };
    test::expect_error(ErrorKind::kInput, {"[sample1]", "finite predictions"},
                       [&] { evaluate(dataset, in_batches(3), by_clip(broken)); });
  }
}

TEST(Evaluate, RefusesScoresOfTheWrongSize) {
  const FakeDataset dataset(3);
  EXPECT_THROW(evaluate(dataset, in_batches(3), by_clip([](int64_t, int64_t) { return std::vector<float>(2); })),
               std::logic_error);
}

TEST(Evaluate, FramesAreReorderedOnRequest) {
  const FakeDataset dataset(3);
  EvaluateOptions options = in_batches(3);
  options.frames = {FrameOrder::kFrozen, FakeDataset::kFrames, false, false};
  evaluate(dataset, options, [&](const Batch& batch) {
    for (size_t t = 0; t < 12; ++t) EXPECT_EQ(batch.pixels[3 * t + 1], 2);
    return batch.targets;
  });
}

TEST(Evaluate, OptionsOfARun) {
  TrainConfig config;
  config.run.batch = 5;
  config.loader.workers = 3;
  config.loader.bad_files = BadFiles::kSkip;
  config.loader.bad_limit = 0.25;
  config.clip.order = FrameOrder::kReversed;
  config.clip.frames = 9;
  config.objective.target = TargetKind::kFrame;
  config.objective.multi_label = true;
  const EvaluateOptions options = evaluate_options(config);
  EXPECT_EQ(options.batch, 5);
  EXPECT_EQ(options.workers, 3);
  EXPECT_EQ(options.bad_files, BadFiles::kSkip);
  EXPECT_EQ(options.bad_limit, 0.25);
  EXPECT_EQ(options.frames.order, FrameOrder::kReversed);
  EXPECT_EQ(options.frames.frames, 9);
  EXPECT_TRUE(options.frames.frame_targets);
  EXPECT_FALSE(options.frames.training);
  EXPECT_TRUE(options.multi_label);
}

}  // namespace
}  // namespace trecvit
