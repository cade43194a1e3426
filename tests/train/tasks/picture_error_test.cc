#include "trecvit/train/tasks/picture_error.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "data/fake_dataset.h"

namespace trecvit::train {
namespace {

using test::FakeDataset;

TEST(PictureError, PsnrFollowsFromTheSquaredError) {
  EXPECT_DOUBLE_EQ(psnr(1), 0);
  EXPECT_NEAR(psnr(0.01), 20, 1e-12);
  EXPECT_NEAR(psnr(0), 100, 1e-12);
}

TEST(PictureError, MeansAreOverClipsAndMaskedPixels) {
  const at::Tensor want = at::zeros({2, 3, 4, 3});
  at::Tensor masked = at::zeros({2, 3, 4, 1});
  masked[0][1][2] = 1;
  masked[1].fill_(1);
  const at::Tensor got = at::where(masked > 0, 0.1, 0.7).expand({2, 3, 4, 3});
  MeanPsnr mean;
  mean.add("masked", got, want, masked);
  EXPECT_NEAR(mean.mean("masked"), 20, 1e-5);  // float32
  mean.add("masked", want + 0.01, want, masked);
  EXPECT_NEAR(mean.mean("masked"), 30, 1e-4);
  mean.add("all", want + 0.1, want);
  EXPECT_NEAR(mean.mean("all"), 20, 1e-5);
  EXPECT_EQ(mean.mean("nothing"), 0);
}

// Pixels of a sample are (sample, frame, 0).
TEST(PictureError, MeanPictureSkipsClipsThatCannotBeRead) {
  ModelConfig config;
  config.image_height = config.image_width = 1;
  config.preprocess.scale = 0.5;
  FakeDataset set(5);
  set.bad = {4};
  const at::Tensor mean = mean_picture(set, config, 1);
  EXPECT_EQ(mean.sizes(), (at::IntArrayRef{1, 1, 3}));
  EXPECT_FLOAT_EQ(mean[0][0][0].item<float>(), 0.5F * 1.5F);  // of 0 to 3
  EXPECT_FLOAT_EQ(mean[0][0][1].item<float>(), 0.5F * 1.5F);  // of frames 0 to 3
  set.bad = {0, 1, 2, 3, 4};
  EXPECT_EQ(mean_picture(set, config, 1).abs().max().item<float>(), 0);
}

TEST(PictureError, MeanPictureUsesSomeOfManyClips) {
  ModelConfig config;
  config.image_height = config.image_width = 1;
  const FakeDataset set(2560);
  mean_picture(set, config, 1);
  EXPECT_EQ(set.loads, 256);
}

}  // namespace
}  // namespace trecvit::train
