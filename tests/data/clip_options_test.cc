#include <gtest/gtest.h>

#include "trecvit/data/clip_dataset.h"

namespace trecvit {
namespace {

TEST(ClipOptions, FollowModelAndRun) {
  ModelConfig model;
  model.image_height = 48;
  model.image_width = 80;
  model.patch_size = 16;
  TrainConfig config;
  config.clip.frames = 9;
  config.clip.views = 4;
  config.augment.flip = true;
  config.loader.cache_gb = 1.5;
  config.loader.cache_side = 64;
  config.loader.cache_every = 2;
  config.loader.max_pixels = 99;
  for (const bool training : {true, false}) {
    const ClipOptions options = clip_options(config, model, training);
    EXPECT_EQ(options.training, training);
    EXPECT_EQ(options.height, 48);
    EXPECT_EQ(options.width, 80);
    EXPECT_EQ(options.clip.frames, 9);
    EXPECT_EQ(options.clip.views, 4);
    EXPECT_TRUE(options.augment.flip);
    EXPECT_EQ(options.cache_gb, 1.5);
    EXPECT_EQ(options.cache_side, 64);
    EXPECT_EQ(options.cache_every, 2);
    EXPECT_EQ(options.max_pixels, 99);
    EXPECT_FALSE(options.frame_targets || options.multi_label);
    EXPECT_EQ(options.motion_rows + options.motion_columns, 0);
  }
}

TEST(ClipOptions, ObjectiveAsksForTargetsAndForMotionInTraining) {
  ModelConfig model;
  model.image_height = 48;
  model.image_width = 80;
  model.patch_size = 16;
  TrainConfig config;
  config.objective.target = TargetKind::kFrame;
  EXPECT_TRUE(clip_options(config, model, true).frame_targets);
  EXPECT_FALSE(clip_options(config, model, true).multi_label);
  config.objective.multi_label = true;
  EXPECT_TRUE(clip_options(config, model, false).multi_label);
  config.objective.motion_weight = 0.1;
  EXPECT_EQ(clip_options(config, model, true).motion_rows, 3);
  EXPECT_EQ(clip_options(config, model, true).motion_columns, 5);
  EXPECT_EQ(clip_options(config, model, false).motion_rows, 0);
}

}  // namespace
}  // namespace trecvit
