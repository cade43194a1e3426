#include "trecvit/train/masked_reconstruction.h"

#include <cmath>
#include <filesystem>

#include "train/train_test.h"
#include "trecvit/engine/engine.h"
#include "trecvit/model/model_weights.h"
#include "trecvit/train/module_file.h"
#include "trecvit/video/video_file.h"
#include "trecvit/weights/model_files.h"

namespace trecvit::test {
namespace {

namespace fs = std::filesystem;

TrainConfig masked_config(const std::vector<std::string>& more = {}) {
  std::vector<std::string> changes = {"task=reconstruct",        "model.image_size=32",    "mask.ratio=0.75",
                                      "reconstruction.width=16", "reconstruction.depth=1", "reconstruction.heads=2"};
  changes.insert(changes.end(), more.begin(), more.end());
  return tiny_config(changes);
}

Json last_test(const std::string& folder) {
  const std::string log = bytes_of(folder + "/log.jsonl");
  const size_t at = log.rfind("{\"step\":", log.rfind("\"val\""));
  return parse_json(log.substr(at, log.find('\n', at) - at), "log").at("val");
}

TEST(MaskedReconstruction, LearnsAndWritesAnEncoder) {
  const TempDir dir;
  const auto outcome =
      run_in(dir.file("run"), masked_config({"run.steps=60", "run.eval_every=20", "optimizer.learning_rate=3e-3",
                                             "reconstruction.target=raw"}));
  ASSERT_TRUE(outcome.test);
  EXPECT_EQ(outcome.test->count, 8);
  EXPECT_DOUBLE_EQ(outcome.test->json.at("masked").get<double>(), 0.75);
  const std::string log = bytes_of(dir.file("run/log.jsonl"));
  const Json first = parse_json(log.substr(0, log.find('\n')), "log");
  EXPECT_LT(outcome.test->columns.at("loss"), 0.5 * first.at("loss").get<double>());
  EXPECT_GT(last_test(dir.file("run")).at("rules").at("linear").get<double>(), 5);

  const ModelFiles files = open_model(dir.file("run/model"));
  EXPECT_FALSE(files.config.has_head());
  EXPECT_TRUE(files.ignored.empty());
  for (const char* file :
       {"model/reconstruction.safetensors", "best/reconstruction.safetensors", "pictures/reconstruction-00000020.png",
        "pictures/reconstruction-00000040.png", "pictures/reconstruction-00000060.png", "report.html"})
    EXPECT_TRUE(fs::exists(dir.file("run/") + file)) << file;

  if (!video_libraries().starts_with("none")) {
    EXPECT_EQ(open_video_file(dir.file("run/pictures/reconstruction.mp4"), {})->info().codec, "h264");
  }

  // The engine runs it, with all tokens.
  const auto model = Model::make(files.config, *files.weights);
  Engine engine(model, 1);
  StreamState state = model->make_state();
  const std::vector<float> frame(32 * 32 * 3, 0.5F);
  const StepResult result = engine.step(frame, state);
  EXPECT_TRUE(result.logits.empty());
  EXPECT_EQ(std::ssize(result.tokens), files.config.tokens() * files.config.width);

  // And training starts from it.
  const auto tuned = run_in(dir.file("tuned"),
                            tiny_config({"model.image_size=32", "run.steps=1", "start.from=" + dir.file("run/model")}));
  EXPECT_EQ(tuned.step, 1);
  EXPECT_TRUE(open_model(dir.file("tuned/model")).config.has_head());
}

class MaskedResume : public testing::TestWithParam<const char*> {};

TEST_P(MaskedResume, GoesOnBitForBit) {
  const TempDir dir;
  const TrainConfig config = masked_config({GetParam(), "optimizer.mean_decay=0.9"});
  run_in(dir.file("whole"), config);
  run_in(dir.file("part"), config, 5);
  run_in(dir.file("part"), config, -1, /*resume=*/true);
  for (const char* file : {"/model/model.safetensors", "/model/reconstruction.safetensors", "/log.jsonl",
                           "/pictures/reconstruction-00000008.png"})
    EXPECT_EQ(bytes_of(dir.file("part") + file), bytes_of(dir.file("whole") + file)) << file;
}

INSTANTIATE_TEST_SUITE_P(All, MaskedResume,
                         testing::Values("mask.kind=tube", "mask.kind=block", "mask.kind=frame", "mask.kind=future",
                                         "reconstruction.blocks=vit", "reconstruction.target=raw",
                                         "reconstruction.loss=all", "run.recompute=true", "run.precision=bf16",
                                         "model.pool=gap", "optimizer.accumulate=2"),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::replace_if(name.begin(), name.end(), [](char c) { return !std::isalnum(c); }, '_');
                           return name;
                         });

TEST(MaskedReconstruction, TestsAreTheSameEachTimeAndKnowNothingOfTraining) {
  const TempDir dir;
  // Two runs whose training differs in nothing but the order of masks: tests of untrained weights are equal.
  const auto a = run_in(dir.file("a"), masked_config({"run.steps=1", "optimizer.learning_rate=0"}));
  const auto b = run_in(dir.file("b"), masked_config({"run.steps=2", "optimizer.learning_rate=0"}));
  EXPECT_EQ(a.test->json, b.test->json);
}

// A sheet shows the weights that are tested and kept, whatever made it.
TEST(MaskedReconstruction, PicturesAreOfTheMeanOfTheWeights) {
  const TempDir dir;
  const std::vector<std::string> mean = {"optimizer.mean_decay=0.99", "optimizer.learning_rate=1e-2"};
  auto at_steps = mean;
  at_steps.emplace_back("reconstruction.sheet_every=4");
  run_in(dir.file("tests"), masked_config(mean));
  run_in(dir.file("steps"), masked_config(at_steps));
  run_in(dir.file("raw"), masked_config({"optimizer.learning_rate=1e-2"}));
  for (const char* name : {"/pictures/reconstruction-00000004.png", "/pictures/reconstruction-00000008.png"}) {
    EXPECT_EQ(bytes_of(dir.file("tests") + name), bytes_of(dir.file("steps") + name)) << name;
    EXPECT_NE(bytes_of(dir.file("tests") + name), bytes_of(dir.file("raw") + name)) << name;
  }
  // What reconstructs is the mean as well.
  EXPECT_NE(bytes_of(dir.file("tests/model/reconstruction.safetensors")),
            bytes_of(dir.file("raw/model/reconstruction.safetensors")));
}

TEST(MaskedReconstruction, TheModuleIsReadBack) {
  const TempDir dir;
  const TrainConfig config = masked_config({"run.steps=2"});
  run_in(dir.file("run"), config);
  const ModelFiles files = open_model(dir.file("run/model"));
  model::Reconstruction module(files.config, config.reconstruction);
  const std::string path = dir.file("run/model/reconstruction.safetensors");
  train::load_module(path, module, {"reconstruction", "trecvit"});
  expect_error(ErrorKind::kInput, {"of the kind vit", "got trecvit"},
               [&] { train::load_module(path, module, {"reconstruction", "vit"}); });
  ReconstructionConfig wider = config.reconstruction;
  wider.width = 32;
  model::Reconstruction other(files.config, wider);
  expect_error(ErrorKind::kInput, {"expected", "float32"},
               [&] { train::load_module(path, other, {"reconstruction", "trecvit"}); });
}

TEST(MaskedReconstruction, WhatDoesNotGoTogetherIsRefused) {
  const TempDir dir;
  const auto refused = [&](const std::vector<std::string>& changes, const std::vector<std::string>& words) {
    expect_error(ErrorKind::kUsage, words, [&] { run_in(dir.file("refused"), masked_config(changes)); });
  };
  refused({"run.chunk=2"}, {"run.chunk"});
  refused({"mask.kind=future", "reconstruction.blocks=vit"}, {"reconstruction.blocks", "memory"});
  refused({"reconstruction.width=18"}, {"reconstruction.width", "multiple of 4"});
  refused({"model.image_size=8"}, {"2 patches"});
}

}  // namespace
}  // namespace trecvit::test
