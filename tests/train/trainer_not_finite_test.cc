// Steps of a run whose loss, gradients or weights are not finite.
#include <ATen/ATen.h>

#include "train/train_test.h"
#include "trecvit/model/model_weights.h"
#include "trecvit/train/checkpoint.h"
#include "trecvit/weights/model_files.h"

namespace trecvit::test {
namespace {

// With this learning rate, weights overflow float32 within a few steps.
const std::vector<std::string> kExplode = {"optimizer.learning_rate=100", "optimizer.warmup=0", "optimizer.clip_norm=0",
                                           "optimizer.weight_decay=10",   "run.steps=60",       "run.eval_every=0"};

TEST(Trainer, SavesNoNumberThatIsNotFinite) {
  const TempDir dir;
  auto changes = kExplode;
  changes.emplace_back("run.save_every=1");
  expect_error(ErrorKind::kCheckFailed, {"finite", "step"}, [&] { run_in(dir.file("run"), tiny_config(changes)); });
  ASSERT_FALSE(train::list_checkpoints(dir.file("run/checkpoints")).empty());
  for (const auto& folder : train::list_checkpoints(dir.file("run/checkpoints"))) {
    for (const auto& [name, tensor] : train::load_checkpoint(folder).model)
      EXPECT_TRUE(at::isfinite(tensor).all().item<bool>()) << folder << " " << name;
  }
}

// The weights are finite, but so large that every forward pass overflows.
TEST(Trainer, GivesUpAfterManySkippedSteps) {
  const TempDir dir;
  const TrainConfig config = tiny_config({"run.on_nan=skip", "run.steps=60", "run.eval_every=0", "run.save_every=1"});
  run_in(dir.file("run"), config, 1);
  const std::string folder = dir.file("run/checkpoints/step-00000001");
  train::Checkpoint checkpoint = train::load_checkpoint(folder);
  checkpoint.model.at("decoder.cls_head.kernel").fill_(3e38F);
  train::save_checkpoint(dir.file("run/checkpoints"), checkpoint);
  expect_error(ErrorKind::kCheckFailed, {"the loss is not finite", "19 steps before"},
               [&] { run_in(dir.file("run"), config, -1, /*resume=*/true); });
  EXPECT_NE(bytes_of(dir.file("run/log.jsonl")).find("the loss is not finite; skipped"), std::string::npos);
}

// The folder of a model whose loss is not finite.
std::string model_without_loss(const TempDir& dir) {
  run_in(dir.file("start"), tiny_config({"run.steps=1", "data.val.source=''"}));
  const ModelFiles files = open_model(dir.file("start/model"));
  model::TRecViT network(files.config);
  model::load_weights(network, *files.weights);
  {
    const at::NoGradGuard no_grad;
    network.tokenizer->embedding->kernel.fill_(3e38F);
  }
  const std::string folder = dir.file("without loss");
  std::filesystem::create_directory(folder);
  write_model_files(folder, files.config, model::ModelWeights(network));
  return folder;
}

// The checkpoint that is written when the run gives up can be resumed, even if no step before it was finite.
TEST(Trainer, ResumesARunThatSkippedAllItsSteps) {
  const TempDir dir;
  const TrainConfig config = tiny_config({"run.on_nan=skip", "run.steps=60", "run.eval_every=0", "run.save_every=1000",
                                          "start.from=" + model_without_loss(dir)});
  for (const bool resume : {false, true}) {
    expect_error(ErrorKind::kCheckFailed, {"step 20: the loss is not finite", "19 steps before"},
                 [&] { run_in(dir.file("run"), config, -1, resume); });
    ASSERT_EQ(train::list_checkpoints(dir.file("run/checkpoints")).size(), 1U);
    const auto checkpoint = train::load_checkpoint(dir.file("run/checkpoints/step-00000019"));
    EXPECT_EQ(checkpoint.state.at("skipped"), 19);
    EXPECT_EQ(checkpoint.state.at("skipped_in_a_row"), 19);
  }
}

// Skipped steps are counted across stops.
TEST(Trainer, GivesUpAfterManySkippedStepsDespiteStops) {
  const TempDir dir;
  const TrainConfig config = tiny_config({"run.on_nan=skip", "run.steps=60", "run.eval_every=0", "run.save_every=1"});
  run_in(dir.file("run"), config, 1);
  train::Checkpoint checkpoint = train::load_checkpoint(dir.file("run/checkpoints/step-00000001"));
  checkpoint.model.at("decoder.cls_head.kernel").fill_(3e38F);
  train::save_checkpoint(dir.file("run/checkpoints"), checkpoint);
  EXPECT_TRUE(run_in(dir.file("run"), config, 12, /*resume=*/true).stopped);
  expect_error(ErrorKind::kCheckFailed, {"the loss is not finite", "19 steps before"},
               [&] { run_in(dir.file("run"), config, 12, /*resume=*/true); });
}

// Only consecutive skipped steps count.
TEST(Trainer, AFiniteStepResetsTheCountOfSkippedOnes) {
  const TempDir dir;
  const TrainConfig config = tiny_config({"run.on_nan=skip", "run.eval_every=0", "run.save_every=1"});
  run_in(dir.file("run"), config, 1);
  train::Checkpoint checkpoint = train::load_checkpoint(dir.file("run/checkpoints/step-00000001"));
  checkpoint.state["skipped"] = checkpoint.state["skipped_in_a_row"] = 1;
  train::save_checkpoint(dir.file("run/checkpoints"), checkpoint);
  run_in(dir.file("run"), config, 1, /*resume=*/true);
  const auto state = train::load_checkpoint(dir.file("run/checkpoints/step-00000002")).state;
  EXPECT_EQ(state.at("skipped_in_a_row"), 0);
}

}  // namespace
}  // namespace trecvit::test
