#include "trecvit/train/trainer.h"

#include "train/train_test.h"
#include "trecvit/config/config_json.h"
#include "trecvit/engine/engine.h"
#include "trecvit/model/model_weights.h"
#include "trecvit/weights/model_files.h"
#include "weights/image_vit_files.h"

namespace trecvit::test {
namespace {

// What must not depend on how often a run was stopped.
void expect_same_run(const std::string& got, const std::string& want) {
  for (const char* file : {"/model/model.safetensors", "/model/config.json", "/best/model.safetensors", "/log.jsonl"})
    EXPECT_EQ(bytes_of(got + file), bytes_of(want + file)) << file;
}

// Everything at once that could be forgotten when a run goes on.
const std::vector<std::string> kEverything = {"optimizer.accumulate=2",
                                              "optimizer.mean_decay=0.9",
                                              "optimizer.outlier=1.5",
                                              "objective.dropout=0.2",
                                              "objective.motion_weight=0.5",
                                              "objective.label_smoothing=0.1",
                                              "run.chunk=3"};

class Resume : public testing::TestWithParam<int64_t> {};

TEST_P(Resume, EqualsTheRunNeverStopped) {
  const TempDir dir;
  for (const bool everything : {false, true}) {
    const TrainConfig config = tiny_config(everything ? kEverything : std::vector<std::string>{"objective.mixup=0.4"});
    const std::string whole = dir.file(everything ? "whole-all" : "whole"),
                      part = dir.file(everything ? "all" : "part");
    run_in(whole, config);
    const auto stopped = run_in(part, config, GetParam());
    EXPECT_TRUE(stopped.stopped);
    EXPECT_EQ(stopped.step, GetParam());
    EXPECT_FALSE(run_in(part, config, -1, /*resume=*/true).stopped);
    expect_same_run(part, whole);
  }
}

// 24 clips in batches of 4: an epoch is six steps.
INSTANTIATE_TEST_SUITE_P(AtTheBeginningInTheMiddleAtAnEpochAndBeforeTheEnd, Resume, testing::Values(0, 1, 3, 5, 6, 7));

TEST(Trainer, ManyStopsInARow) {
  const TempDir dir;
  const TrainConfig config = tiny_config();
  run_in(dir.file("whole"), config);
  for (int i = 0; i < 4; ++i) run_in(dir.file("part"), config, 2, i > 0);
  run_in(dir.file("part"), config, -1, true);
  expect_same_run(dir.file("part"), dir.file("whole"));
}

TEST(Trainer, AKilledRunRepeatsTheStepsAfterItsCheckpoint) {
  const TempDir dir;
  const TrainConfig config = tiny_config();
  run_in(dir.file("whole"), config);
  run_in(dir.file("part"), config, 5);
  // As if it had been killed before it could save at step 5: step 3 is the newest, the log is longer.
  std::filesystem::remove_all(dir.file("part/checkpoints/step-00000005"));
  run_in(dir.file("part"), config, -1, true);
  expect_same_run(dir.file("part"), dir.file("whole"));
}

TEST(Trainer, ABrokenCheckpointFallsBackToTheOneBefore) {
  const TempDir dir;
  const TrainConfig config = tiny_config({"run.keep=3"});
  run_in(dir.file("whole"), config);
  run_in(dir.file("part"), config, 7);
  std::filesystem::resize_file(dir.file("part/checkpoints/step-00000007/training.safetensors"), 1000);
  run_in(dir.file("part"), config, -1, true);
  expect_same_run(dir.file("part"), dir.file("whole"));
}

TEST(Trainer, DoesNotDependOnTheWorkers) {
  const TempDir dir;
  run_in(dir.file("one"), tiny_config());
  for (const char* workers : {"0", "3"}) {
    run_in(dir.file(workers), tiny_config({std::string("loader.workers=") + workers}));
    expect_same_run(dir.file(workers), dir.file("one"));
  }
}

// Clips go in parts in testing as in training; what is seen is the same.
TEST(Trainer, TestingInPartsIsTestingTheClip) {
  const TempDir dir;
  run_in(dir.file("run"), tiny_config({"run.steps=2"}));
  const ModelFiles files = open_model(dir.file("run/model"));
  model::TRecViT network(files.config);
  model::load_weights(network, *files.weights);
  const auto loss = [&](const std::string& chunk, const std::string& target) {
    const TrainConfig config = tiny_config({"run.chunk=" + chunk, "objective.target=" + target});
    const auto set = open_dataset(config.val, clip_options(config, files.config, false));
    return evaluate(*set, evaluate_options(config), train::predict_with({network}, config)).metrics.likelihood_loss;
  };
  for (const char* target : {"clip", "frame"}) {
    const double whole = loss("0", target);
    for (const char* chunk : {"1", "3"}) EXPECT_NEAR(loss(chunk, target), whole, 1e-6 * whole) << target << chunk;
  }
}

TEST(Trainer, TheSeedMatters) {
  const TempDir dir;
  run_in(dir.file("one"), tiny_config());
  run_in(dir.file("other"), tiny_config({"seed=4"}));
  EXPECT_NE(bytes_of(dir.file("one/model/model.safetensors")), bytes_of(dir.file("other/model/model.safetensors")));
}

TEST(Trainer, WhatItWritesRunsInTheEngine) {
  const TempDir dir;
  const auto outcome = run_in(dir.file("run"), tiny_config());
  const ModelFiles files = open_model(dir.file("run/model"));
  EXPECT_EQ(files.config.num_classes, 4);
  EXPECT_EQ(files.config.label(1), "pan_right");
  EXPECT_EQ(files.config.clip_frames, 4);
  Engine engine(Model::make(files.config, *files.weights, "reference"));
  StreamState state = engine.model().make_state();
  const std::vector<float> clip(4 * 16 * 16 * 3, 0.5F);
  EXPECT_EQ(engine.run(clip, state).logits.span().size(), 16U);
  EXPECT_EQ(outcome.metrics.count, 8);
  EXPECT_GT(bytes_of(dir.file("run/report.html")).size(), 1000U);
}

// A rate that throws the weights out of the range of float32 within a few steps.
const std::vector<std::string> kExplode = {"optimizer.learning_rate=100", "optimizer.warmup=0", "optimizer.clip_norm=0",
                                           "optimizer.weight_decay=10",   "run.steps=60",       "run.eval_every=0"};

TEST(Trainer, NotFiniteStopsAndNeverReachesACheckpoint) {
  const TempDir dir;
  expect_error(ErrorKind::kCheckFailed, {"finite", "step"}, [&] { run_in(dir.file("run"), tiny_config(kExplode)); });
  for (const auto& folder : train::list_checkpoints(dir.file("run/checkpoints"))) {
    for (const auto& [name, tensor] : train::load_checkpoint(folder).model)
      EXPECT_TRUE(at::isfinite(tensor).all().item<bool>()) << folder << " " << name;
  }
}

TEST(Trainer, AnotherModelThanTheCheckpointsIsRefused) {
  const TempDir dir;
  run_in(dir.file("run"), tiny_config(), 2);
  expect_error(ErrorKind::kInput, {"expected the model of this run"},
               [&] { run_in(dir.file("run"), tiny_config({"model.depth=1"}), -1, true); });
}

TEST(Trainer, StartsFromItsOwnModelWithANewHead) {
  const TempDir dir;
  run_in(dir.file("first"), tiny_config());
  const auto outcome =
      run_in(dir.file("second"), tiny_config({"start.from=" + dir.file("first/model"), "run.steps=2",
                                              "data.train.source=synthetic:camera_moves?classes=ten&pool=4",
                                              "data.val.source=synthetic:camera_moves?classes=ten&pool=4"}));
  EXPECT_EQ(outcome.step, 2);
  EXPECT_EQ(open_model(dir.file("second/model")).config.num_classes, 10);
}

// A run carries all it needs: its folder goes on when what it started from is gone.
TEST(Trainer, ResumesWithoutItsStart) {
  const TempDir dir;
  run_in(dir.file("first"), tiny_config());
  const std::string no_sizes = R"(
name = "tiny"
seed = 3
[data.train]
source = "synthetic:camera_moves?classes=directions&objects=1&pool=4"
clips = 24
[clip]
frames = 4
[run]
steps = 4
batch = 4
save_every = 1
threads = 1
)";
  const TrainConfig config = parse_train_config(no_sizes, "tiny", {"start.from=" + dir.file("first/model")});
  run_in(dir.file("whole"), config);
  run_in(dir.file("part"), config, 2);
  std::filesystem::remove_all(dir.file("first"));
  const TrainConfig written = parse_train_config(bytes_of(dir.file("part/config.toml")), "part");
  expect_error(ErrorKind::kInput, {"expected the model of this run"}, [&] {
    TrainConfig other = written;
    other.model["width"] = 32;
    run_in(dir.file("part"), other, -1, /*resume=*/true);
  });
  run_in(dir.file("part"), written, -1, /*resume=*/true);
  for (const char* file : {"/model/model.safetensors", "/model/config.json"})
    EXPECT_EQ(bytes_of(dir.file("part") + file), bytes_of(dir.file("whole") + file)) << file;
}

// What an image ViT divided its pixels by goes into the kernel of the patches.
TEST(Trainer, StartsFromAnImageViTAsItWasTrained) {
  const TempDir dir;
  const VitSize size;
  write_safetensors(dir.file("vit.safetensors"), timm_vit(size));
  const auto kernel_with = [&](const std::string& std) {
    TrainConfig config = tiny_config(
        {"start.from=" + dir.file("vit.safetensors"), "start.std=" + std, "run.steps=1", "optimizer.learning_rate=0"});
    config.model = parse_json(print_model_config(model_of(size)), "vit");
    run_in(dir.file(std), config);
    return open_model(dir.file(std + "/model")).weights->read("tokenizer.embedding.kernel");
  };
  const HostTensor half = kernel_with("[0.5, 0.5, 0.5]"), quarter = kernel_with("[0.25, 0.25, 0.25]");
  for (size_t i = 0; i < half.as<float>().size(); ++i) EXPECT_EQ(quarter.as<float>()[i], 2 * half.as<float>()[i]) << i;
}

TEST(Trainer, OnlyTheHeadLearnsOnAFrozenBackbone) {
  const TempDir dir;
  run_in(dir.file("first"), tiny_config());
  run_in(dir.file("second"), tiny_config({"start.from=" + dir.file("first/model"), "start.backbone=frozen"}));
  const ModelFiles before = open_model(dir.file("first/model")), after = open_model(dir.file("second/model"));
  int changed = 0;
  for (const auto& [name, info] : before.weights->tensors()) {
    const HostTensor a = before.weights->read(name), b = after.weights->read(name);
    const bool same = std::memcmp(a.data(), b.data(), a.bytes()) == 0;
    EXPECT_TRUE(same || name.starts_with("decoder.")) << name;
    changed += same ? 0 : 1;
  }
  EXPECT_EQ(changed, 4);
}

}  // namespace
}  // namespace trecvit::test
