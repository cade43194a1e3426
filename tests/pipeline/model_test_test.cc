// The settings of a model's test: options override changes of the config, which override the config itself; without a
// config, the settings of the model's training apply.
#include "trecvit/pipeline/model_test.h"

#include <gtest/gtest.h>

#include <fstream>

#include "engine/engine_test.h"
#include "support/errors.h"
#include "support/temp_dir.h"

namespace trecvit::test {
namespace {

TEST(ModelTest, WithoutAConfigUsesTheSettingsOfTraining) {
  ModelConfig model = small_config();
  model.clip_frames = 12;
  model.frame_stride = 3;
  TestChoice choice;
  choice.data = "clips.csv";
  const TrainConfig config = test_config(choice, model);
  EXPECT_EQ(config.clip.frames, 12);
  EXPECT_EQ(config.clip.stride, 3);
  EXPECT_EQ(config.run.batch, 8);
  EXPECT_EQ(config.val.source, "clips.csv");
}

TEST(ModelTest, OptionsOverrideChangesAndTheConfig) {
  const TempDir dir;
  std::ofstream(dir.file("config.toml"))
      << "size = 'mu'\n[clip]\nframes = 4\nviews = 2\n[objective]\nmotion_weight = 0.5\n"
         "[data.train]\nsource = 'a.csv'\n"
         "[data.val]\nsource = 'b.csv'\nsplit = 'val'\nlimit = 9\n";
  TestChoice choice;
  choice.config = dir.file("config.toml");
  TrainConfig config = test_config(choice, small_config());
  EXPECT_EQ(config.clip.frames, 4);
  EXPECT_EQ(config.val.split, "val");
  choice.changes = {"clip.frames=5", "clip.views=3"};
  choice.views = 4;
  choice.order = FrameOrder::kShuffled;
  config = test_config(choice, small_config());
  EXPECT_EQ(config.clip.frames, 5);
  EXPECT_EQ(config.clip.views, 4);
  EXPECT_EQ(config.objective.motion_weight, 0) << "not known of frames in another order";
  choice.data = "c.csv";
  choice.changes = {"data.val.limit=3"};
  config = test_config(choice, small_config());
  EXPECT_EQ(config.val.source, "c.csv");
  EXPECT_EQ(config.val.split, "") << "chosen among the config's own clips";
  EXPECT_EQ(config.val.limit, 3);
}

TEST(ModelTest, NumbersOutOfRangeAreRefused) {
  const auto refused = [](const char* key, auto&& change) {
    TestChoice choice;
    choice.data = "clips.csv";
    change(choice);
    expect_error(ErrorKind::kUsage, {"eval", key}, [&] { test_config(choice, small_config()); });
  };
  refused("clip.frames", [](TestChoice& c) { c.frames = -5; });
  refused("clip.stride", [](TestChoice& c) { c.stride = 0; });
  refused("clip.views", [](TestChoice& c) { c.views = 0; });
  refused("clip.crops", [](TestChoice& c) { c.crops = 4; });
  refused("loader.max_pixels", [](TestChoice& c) { c.max_pixels = int64_t{2'000'000'000}; });
  ModelConfig model = small_config();
  model.clip_frames = 1'000'000;
  TestChoice choice;
  choice.data = "clips.csv";
  expect_error(ErrorKind::kUsage, {"eval", "clip.frames"}, [&] { test_config(choice, model); });
  expect_error(ErrorKind::kUsage, {"--data"}, [] { test_config({}, small_config()); });
}

TEST(ModelTest, ClassesComeFromTheModel) {
  ModelConfig model = small_config();
  model.num_classes = 2;
  EXPECT_NO_THROW(check_classes(model, {"a", "b"})) << "without names any two";
  expect_error(ErrorKind::kUsage, {"2 classes", "got 3"}, [&] { check_classes(model, {"a", "b", "c"}); });
  model.id2label = {{0, "cat"}, {1, "dog"}};
  EXPECT_NO_THROW(check_classes(model, {"cat", "dog"}));
  expect_error(ErrorKind::kUsage, {"class 0", "cat", "dog"}, [&] { check_classes(model, {"dog", "cat"}); });
}

}  // namespace
}  // namespace trecvit::test
