#include "trecvit/train/ridge.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "data/fake_dataset.h"

namespace trecvit::test {
namespace {

using train::RidgeFeature;
using train::RidgeOptions;

// Clips of 4 frames of 1 x 1 pixel whose grey is that of their class, in the mean or in one frame alone.
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

double accuracy(GreyDataset::Where where, RidgeFeature feature, int64_t samples = 60) {
  const GreyDataset train(samples, where), val(30, where);
  RidgeOptions options;
  options.feature = feature;
  options.height = options.width = 1;
  options.evaluate.frames.frames = GreyDataset::kFrames;
  return test_ridge(train, val, options).metrics.balanced_accuracy;
}

// Grey levels 0, 100 and 200: one line through a number cannot hold the one between apart from both, so two of three
// classes are always told.
TEST(Ridge, SeesWhatItsFeatureHas) {
  at::set_num_threads(1);
  using W = GreyDataset::Where;
  EXPECT_GE(accuracy(W::kEverywhere, RidgeFeature::kMeanFrame), 0.66);
  EXPECT_GE(accuracy(W::kEverywhere, RidgeFeature::kMiddleFrame), 0.66);
  EXPECT_GE(accuracy(W::kMiddle, RidgeFeature::kMiddleFrame), 0.66);
  EXPECT_GE(accuracy(W::kFirst, RidgeFeature::kMeanFrame), 0.6);
  EXPECT_LT(accuracy(W::kFirst, RidgeFeature::kMiddleFrame), 0.5);  // it does not see the first frame
  EXPECT_LT(accuracy(W::kNowhere, RidgeFeature::kMeanFrame), 0.5);
}

TEST(Ridge, TakesFewerClipsThanItHasPixels) {
  at::set_num_threads(1);
  EXPECT_GE(accuracy(GreyDataset::Where::kEverywhere, RidgeFeature::kMeanFrame, 6), 0.66);
}

}  // namespace
}  // namespace trecvit::test
