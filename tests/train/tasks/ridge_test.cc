#include "trecvit/train/tasks/ridge.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "data/fake_dataset.h"
#include "trecvit/base/random.h"

namespace trecvit::test {
namespace {

using train::RidgeOptions;

// Clips of four frames of 1 x 1 pixel; the grey level gives the class, on average or only in one frame.
class GreyDataset : public FakeDataset {
 public:
  enum class Where { kEverywhere, kMiddle, kFirst, kNowhere };
  GreyDataset(int64_t samples, Where where) : FakeDataset(samples), where_(where) {}

  Clip load(int64_t index, const Draw& draw) const override {
    Clip clip = FakeDataset::load(index, draw);
    for (int64_t t = 0; t < kFrames; ++t) {
      const bool told = where_ == Where::kEverywhere || (where_ == Where::kMiddle && t == kFrames / 2) ||
                        (where_ == Where::kFirst && t == 0);
      const int64_t noise = index * 7 % 11;
      for (int64_t c = 0; c < 3; ++c)
        clip.pixels[static_cast<size_t>(3 * t + c)] = static_cast<uint8_t>(noise + (told ? 100 * clip.label : 50));
    }
    return clip;
  }

 private:
  Where where_;
};

double accuracy(GreyDataset::Where where, LinearBaseline feature, int64_t samples = 60) {
  const GreyDataset train(samples, where), val(30, where);
  RidgeOptions options;
  options.feature = feature;
  options.height = options.width = 1;
  options.evaluate.frames.frames = GreyDataset::kFrames;
  return test_ridge(train, val, options).metrics.balanced_accuracy;
}

// Grey levels are 0, 100 and 200. A linear function of one number cannot separate the middle level from both others, so
// the baseline recognises two of three classes.
TEST(Ridge, UsesOnlyItsFeature) {
  at::set_num_threads(1);
  using W = GreyDataset::Where;
  EXPECT_GE(accuracy(W::kEverywhere, LinearBaseline::kMeanFrame), 0.66);
  EXPECT_GE(accuracy(W::kEverywhere, LinearBaseline::kMiddleFrame), 0.66);
  EXPECT_GE(accuracy(W::kMiddle, LinearBaseline::kMiddleFrame), 0.66);
  EXPECT_GE(accuracy(W::kFirst, LinearBaseline::kMeanFrame), 0.6);
  EXPECT_LT(accuracy(W::kFirst, LinearBaseline::kMiddleFrame), 0.5);  // the feature does not contain the first frame
  EXPECT_LT(accuracy(W::kNowhere, LinearBaseline::kMeanFrame), 0.5);
}

TEST(Ridge, FitsFewerClipsThanPixels) {
  at::set_num_threads(1);
  EXPECT_GE(accuracy(GreyDataset::Where::kEverywhere, LinearBaseline::kMeanFrame, 6), 0.66);
}

// Noise of 24 x 24 pixels, with more clips than pixels; the class is the brighter half. The leave-one-out error must
// choose a penalty that fits neither the noise nor nothing.
class NoiseDataset : public FakeDataset {
 public:
  NoiseDataset(int64_t samples, uint64_t seed) : FakeDataset(samples, 2), random_(seed, "noise") {}
  Clip load(int64_t index, const Draw& draw) const override {
    Clip clip = FakeDataset::load(index, draw);
    clip.pixels.clear();
    for (int64_t i = 0; i < kFrames * kSide * kSide; ++i) {
      const bool left = i % kSide < kSide / 2;
      const auto at = static_cast<uint64_t>(index * kFrames * kSide * kSide + i);
      const auto grey = static_cast<uint8_t>(100 + random_.byte(at) / 2 + (left == (clip.label == 0) ? 12 : 0));
      clip.pixels.insert(clip.pixels.end(), 3, grey);
    }
    return clip;
  }
  static constexpr int64_t kSide = 24;

 private:
  RandomStream random_;
};

TEST(Ridge, FindsTheSignalInNoiseWithManyClips) {
  at::set_num_threads(1);
  const NoiseDataset train(700, 1), val(100, 2);
  RidgeOptions options;
  options.height = options.width = NoiseDataset::kSide;
  options.evaluate.frames.frames = NoiseDataset::kFrames;
  EXPECT_GE(test_ridge(train, val, options).metrics.balanced_accuracy, 0.95);
}

}  // namespace
}  // namespace trecvit::test
