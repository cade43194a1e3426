#include "trecvit/train/trainer.h"

#include <cstring>
#include <fstream>
#include <sstream>

#include "support/golden.h"
#include "train/train_test.h"
#include "trecvit/config/config_json.h"
#include "trecvit/engine/engine.h"
#include "trecvit/model/model_weights.h"
#include "trecvit/train/checkpoint.h"
#include "trecvit/train/tasks/classification.h"
#include "trecvit/weights/model_files.h"
#include "weights/image_vit_files.h"

namespace trecvit::test {
namespace {

// Compares everything that must not depend on how often a run was stopped.
void expect_same_run(const std::string& got, const std::string& want) {
  for (const char* file : {"/model/model.safetensors", "/model/config.json", "/best/model.safetensors", "/log.jsonl"})
    EXPECT_EQ(bytes_of(got + file), bytes_of(want + file)) << file;
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

// Many settings with state that a resumed run could lose.
const std::vector<std::string> kEverything = {"optimizer.accumulate=2",
                                              "optimizer.mean_decay=0.9",
                                              "optimizer.outlier=1.5",
                                              "objective.dropout=0.2",
                                              "objective.motion_weight=0.5",
                                              "objective.label_smoothing=0.1",
                                              "run.chunk=3"};

class Resume : public testing::TestWithParam<int64_t> {};

TEST_P(Resume, EqualsARunThatNeverStopped) {
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

// An epoch is six steps (24 clips in batches of 4); tests are due after steps 4 and 8.
INSTANTIATE_TEST_SUITE_P(AtTheBeginningInTheMiddleAtAnEpochInATestAndAtTheEnd, Resume,
                         testing::Values(0, 1, 3, 4, 5, 6, 7, 8));

TEST(Trainer, SurvivesManyStops) {
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
  // As if it was killed before it could save at step 5: the newest checkpoint is of step 3, and the log goes further.
  std::filesystem::remove_all(dir.file("part/checkpoints/step-00000005"));
  run_in(dir.file("part"), config, -1, true);
  expect_same_run(dir.file("part"), dir.file("whole"));
}

// Stopped in the test after step 4, resumed until that test and one more step are done, and killed there.
TEST(Trainer, LogsARepeatedTestOnce) {
  const TempDir dir;
  const TrainConfig config = tiny_config();
  run_in(dir.file("whole"), config);
  EXPECT_EQ(run_in(dir.file("part"), config, 4).step, 4);
  EXPECT_EQ(run_in(dir.file("part"), config, 1, /*resume=*/true).step, 5);
  std::filesystem::remove_all(dir.file("part/checkpoints/step-00000005"));
  run_in(dir.file("part"), config, -1, /*resume=*/true);
  expect_same_run(dir.file("part"), dir.file("whole"));
  const auto rows = [](const std::string& text) { return std::count(text.begin(), text.end(), '\n'); };
  EXPECT_EQ(rows(bytes_of(dir.file("part/metrics.csv"))), rows(bytes_of(dir.file("whole/metrics.csv"))));
}

TEST(Trainer, FallsBackToTheCheckpointBeforeABrokenOne) {
  const TempDir dir;
  const TrainConfig config = tiny_config({"run.keep=3"});
  run_in(dir.file("whole"), config);
  run_in(dir.file("part"), config, 7);
  std::filesystem::resize_file(dir.file("part/checkpoints/step-00000007/training.safetensors"), 1000);
  run_in(dir.file("part"), config, -1, true);
  expect_same_run(dir.file("part"), dir.file("whole"));
}

TEST(Trainer, DoesNotDependOnTheNumberOfWorkers) {
  const TempDir dir;
  run_in(dir.file("one"), tiny_config());
  for (const char* workers : {"0", "3"}) {
    run_in(dir.file(workers), tiny_config({std::string("loader.workers=") + workers}));
    expect_same_run(dir.file(workers), dir.file("one"));
  }
}

// Testing processes clips in parts too, which does not change its result.
TEST(Trainer, TestingInPartsEqualsTestingWholeClips) {
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

// The config may give another number, such as that of the model that the run starts from.
TEST(Trainer, TakesTheNumberOfClassesFromTheClips) {
  const TempDir dir;
  const auto notes = [&](const std::string& folder, const std::vector<std::string>& changes) {
    std::vector<std::string> said;
    train::TrainRequest request;
    request.config = tiny_config(changes);
    request.folder = dir.file(folder);
    request.progress = ProgressMode::kNone;
    StopAfter stop(0);
    stop.give_to(request);
    request.say = [&](const std::string& line) { said.push_back(line); };
    std::filesystem::create_directories(dir.file(folder));
    train::train(request);
    return std::count(said.begin(), said.end(),
                      "model.num_classes = 3 is not used: the model has the 4 classes of data.train");
  };
  EXPECT_EQ(notes("other", {"model.num_classes=3"}), 1);
  EXPECT_EQ(notes("same", {"model.num_classes=4"}), 0);
  EXPECT_EQ(notes("none", {}), 0);
}

TEST(Trainer, WhatItWritesRunsInTheEngine) {
  const TempDir dir;
  const auto outcome = run_in(dir.file("run"), tiny_config());
  const ModelFiles files = open_model(dir.file("run/model"));
  EXPECT_EQ(files.config.num_classes, 4);
  EXPECT_EQ(files.config.label(1), "pan_right");
  EXPECT_EQ(files.config.clip_frames, 4);
  EXPECT_EQ(files.config.frame_stride, 1);  // generated clips consist of consecutive frames, whatever clip.stride is
  Engine engine(Model::make(files.config, *files.weights, {"reference"}));
  StreamState state = engine.model().make_state();
  const std::vector<float> clip(4 * 16 * 16 * 3, 0.5F);
  EXPECT_EQ(engine.run(clip, state).logits.span().size(), 16U);
  EXPECT_EQ(outcome.test->count, 8);
  const std::string report = bytes_of(dir.file("run/report.html"));
  for (const char* part : {"<svg", "pan_right", "data:image/png;base64,"})
    EXPECT_NE(report.find(part), std::string::npos) << part;
  const Json about = parse_json(bytes_of(dir.file("run/run.json")), "run.json");
  for (const char* key : {"trecvit", "torch", "compiler"})
    EXPECT_FALSE(about.at(key).get<std::string>().empty()) << key;
  EXPECT_EQ(about.at("seed"), 3);
  EXPECT_EQ(about.at("samples"), 24);
}

TEST(Trainer, LogsTheLastStep) {
  const TempDir dir;
  run_in(dir.file("run"), tiny_config({"run.log_every=3"}));  // 8 steps
  std::istringstream log(bytes_of(dir.file("run/log.jsonl")));
  std::vector<int64_t> steps;
  for (std::string line; std::getline(log, line);) {
    const Json row = parse_json(line, "log");
    if (row.contains("learning_rate")) steps.push_back(row.at("step"));
  }
  EXPECT_EQ(steps, (std::vector<int64_t>{3, 6, 8}));
}

// A run that learns nothing has the same score in every test.
TEST(Trainer, TheFirstOfEqualModelsIsTheBest) {
  const TempDir dir;
  const auto outcome = run_in(dir.file("run"), tiny_config({"optimizer.learning_rate=0", "run.eval_every=2"}));
  ASSERT_TRUE(outcome.best.has_value());
  EXPECT_EQ(outcome.best->step, 2);
}

// The classes of the test set have different numbers of clips.
TEST(Trainer, ModelsAreComparedByBalancedAccuracy) {
  const TempDir dir;
  const auto outcome = run_in(dir.file("run"), tiny_config({"data.val.clips=11"}));
  ASSERT_TRUE(outcome.test.has_value());
  const Json& json = outcome.test->json;
  EXPECT_NE(json.at("accuracy"), json.at("balanced_accuracy"));
  EXPECT_EQ(outcome.test->score, json.at("balanced_accuracy"));
  EXPECT_EQ(outcome.test->measured, json.at("balanced_accuracy"));
}

TEST(Trainer, RefusesAModelThatDiffersFromTheCheckpoint) {
  const TempDir dir;
  run_in(dir.file("run"), tiny_config(), 2);
  expect_error(ErrorKind::kInput, {"expected depth = 2 as in the checkpoint, got depth = 1"},
               [&] { run_in(dir.file("run"), tiny_config({"model.depth=1"}), -1, true); });
}

// If a stop is requested between the two batches of a step, the run ends after the step before.
TEST(Trainer, StopsBetweenTheBatchesOfAStep) {
  const TempDir dir;
  const TrainConfig config = tiny_config({"optimizer.accumulate=2"});
  run_in(dir.file("whole"), config);
  // The sink is told of a step between its two batches and after them.
  class StopAtCall : public ProgressSink {
   public:
    explicit StopAtCall(int call) : left_(call) {}
    void advance(int64_t) override {
      if (--left_ == 0) stop.request_stop();
    }
    std::stop_source stop;

   private:
    int left_;
  };
  for (const int call : {1, 2, 3, 6}) {
    std::string folder = dir.file("part" + std::to_string(call));
    std::filesystem::create_directories(folder);
    train::TrainRequest request;
    request.config = config;
    request.folder = folder;
    request.progress = ProgressMode::kNone;
    StopAtCall stop(call);
    request.steps_done = &stop;
    request.stop = stop.stop.get_token();
    const train::TrainOutcome outcome = train::train(request);
    EXPECT_TRUE(outcome.stopped);
    EXPECT_EQ(outcome.step, call / 2);
    EXPECT_FALSE(run_in(folder, config, -1, /*resume=*/true).stopped);
    expect_same_run(folder, dir.file("whole"));
  }
}

TEST(Trainer, DoesNotRestartWithoutAnIntactCheckpoint) {
  const TempDir dir;
  run_in(dir.file("run"), tiny_config(), 2);
  std::filesystem::resize_file(dir.file("run/checkpoints/step-00000002/model.safetensors"), 100);
  expect_error(ErrorKind::kInput, {"expected one of 1 checkpoints to be intact"},
               [&] { run_in(dir.file("run"), tiny_config(), -1, /*resume=*/true); });
}

TEST(Trainer, RemovesUnfinishedFilesOfAKilledRun) {
  const TempDir dir;
  run_in(dir.file("run"), tiny_config(), 6);
  const std::string left = dir.file("run/best/model.safetensors.tmp-123-4"), other = dir.file("run/best/mine.tmp-a"),
                    film = dir.file("run/pictures/reconstruction.mp4.tmp-123-4");
  std::filesystem::create_directory(dir.file("run/pictures"));
  for (const auto& path : {left, other, film}) std::ofstream(path) << "x";
  run_in(dir.file("run"), tiny_config(), -1, /*resume=*/true);
  EXPECT_FALSE(std::filesystem::exists(left));
  EXPECT_FALSE(std::filesystem::exists(film));
  EXPECT_TRUE(std::filesystem::exists(other));
}

TEST(Trainer, ResumesOnTwoThreads) {
  const TempDir dir;
  const TrainConfig config = tiny_config({"run.threads=2"});
  run_in(dir.file("whole"), config);
  run_in(dir.file("part"), config, 5);
  run_in(dir.file("part"), config, -1, /*resume=*/true);
  expect_same_run(dir.file("part"), dir.file("whole"));
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

// A checkpoint has all weights, so the run resumes even if the model it started from is gone.
TEST(Trainer, ResumesWithoutTheModelItStartedFrom) {
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
  expect_error(ErrorKind::kInput, {"expected width = 16 as in the checkpoint, got width = 32"}, [&] {
    TrainConfig other = written;
    other.model["width"] = 32;
    run_in(dir.file("part"), other, -1, /*resume=*/true);
  });
  run_in(dir.file("part"), written, -1, /*resume=*/true);
  for (const char* file : {"/model/model.safetensors", "/model/config.json"})
    EXPECT_EQ(bytes_of(dir.file("part") + file), bytes_of(dir.file("whole") + file)) << file;
}

// The config has no model sizes; they come from the archive.
TEST(Trainer, StartsFromAPublishedArchive) {
  const TempDir dir;
  const GoldenCase golden = golden_case("mu_2d");
  TrainConfig config = tiny_config({"run.steps=1", "optimizer.learning_rate=0", "data.val.source=''",
                                    "start.from=" + golden_path(golden.weights_file)});
  config.model = Json::object();
  run_in(dir.file("run"), config);
  const ModelFiles before = open_model(golden_path(golden.weights_file)), after = open_model(dir.file("run/model"));
  EXPECT_EQ(after.config.width, golden.config.width);
  EXPECT_EQ(after.config.num_classes, 4);
  for (const auto& [name, info] : before.weights->tensors()) {
    if (name.starts_with("decoder.cls_head.")) continue;
    const HostTensor a = before.weights->read(name), b = after.weights->read(name);
    EXPECT_EQ(std::memcmp(a.data(), b.data(), a.bytes()), 0) << name;
  }
}

// "scratch" if nothing is loaded, "published" for tensors that loaded weights lack.
TEST(Trainer, ChoosesTheInitialiserByTheStart) {
  const TempDir dir;
  const VitSize size;
  write_safetensors(dir.file("vit.safetensors"), timm_vit(size));
  int runs = 0;
  const auto tensor_of = [&](const std::string& tensor, const std::string& from, StartWeights initialiser) {
    TrainConfig config = tiny_config({"run.steps=1", "optimizer.learning_rate=0", "data.val.source=''"});
    config.start.from = from;
    config.start.initialiser = initialiser;
    if (!from.empty()) config.model = parse_json(print_model_config(model_of(size)), "vit");
    const std::string folder = dir.file(std::to_string(++runs));
    run_in(folder, config);
    const HostTensor read = open_model(folder + "/model").weights->read(tensor);
    return std::vector<float>(read.as<float>().begin(), read.as<float>().end());
  };
  const std::string kernel = "tokenizer.embedding.kernel";
  EXPECT_EQ(tensor_of(kernel, "", StartWeights::kAuto), tensor_of(kernel, "", StartWeights::kScratch));
  EXPECT_NE(tensor_of(kernel, "", StartWeights::kAuto), tensor_of(kernel, "", StartWeights::kPublished));
  // An image ViT lacks the temporal blocks.
  const std::string conv = "encoder.residualblock_00.recurrent_block.conv_1d.w", vit = dir.file("vit.safetensors");
  EXPECT_EQ(tensor_of(conv, vit, StartWeights::kAuto), tensor_of(conv, vit, StartWeights::kPublished));
  EXPECT_NE(tensor_of(conv, vit, StartWeights::kAuto), tensor_of(conv, vit, StartWeights::kScratch));
}

// Sizes covered by the golden tests of the network, here through data, step, test and engine.
TEST(Trainer, TrainsOtherShapesOfTheModel) {
  const TempDir dir;
  const TrainConfig config =
      tiny_config({"model.image_size=[16,24]", "model.lru_width=24", "model.input_scale=convex", "run.steps=2"});
  EXPECT_EQ(run_in(dir.file("run"), config).test->count, 8);
  const ModelFiles files = open_model(dir.file("run/model"));
  EXPECT_EQ(files.config.input_scale, InputScale::kConvex);
  Engine engine(Model::make(files.config, *files.weights, {"reference"}));
  StreamState state = engine.model().make_state();
  EXPECT_EQ(engine.run(std::vector<float>(4 * 16 * 24 * 3, 0.5F), state).logits.span().size(), 16U);
}

// Six clips of four classes: two of these occur twice.
TEST(Trainer, RareClassesWeighMore) {
  const TempDir dir;
  const auto loss = [&](const char* name, const std::string& clips, const std::string& weights) {
    run_in(dir.file(name), tiny_config({"run.steps=1", "data.val.source=''", "data.train.clips=" + clips,
                                        "objective.class_weights=" + weights}));
    return parse_json(first_line(bytes_of(dir.file(std::string(name) + "/log.jsonl"))), name).at("loss").get<double>();
  };
  EXPECT_EQ(loss("even", "24", "false"), loss("even weighted", "24", "true"));
  EXPECT_NE(loss("uneven", "6", "false"), loss("uneven weighted", "6", "true"));
}

TEST(Trainer, KeepsTheBestModelAndTheNewestCheckpoints) {
  const TempDir dir;
  const TrainConfig config = tiny_config({"run.eval_every=1", "run.save_every=1", "run.keep=3", "run.steps=12",
                                          "optimizer.learning_rate=0.01", "data.val.clips=40"});
  run_in(dir.file("run"), config);
  EXPECT_EQ(train::list_checkpoints(dir.file("run/checkpoints")).size(), 3U);
  double best = 0;
  std::istringstream log(bytes_of(dir.file("run/log.jsonl")));
  for (std::string line; std::getline(log, line);) {
    const Json object = parse_json(line, "log");
    if (object.contains("val")) best = std::max(best, object.at("val").at("balanced_accuracy").get<double>());
  }
  const auto score_of = [&](const char* folder) {
    const ModelFiles files = open_model(dir.file(folder));
    model::TRecViT network(files.config);
    model::load_weights(network, *files.weights);
    const auto set = open_dataset(config.val, clip_options(config, files.config, false));
    return evaluate(*set, evaluate_options(config), train::predict_with({network}, config)).metrics.balanced_accuracy;
  };
  EXPECT_EQ(score_of("run/best"), best);
}

// If the optimiser keeps a mean of the weights, that mean is tested, and saved in model/ and best/.
TEST(Trainer, TestsAndKeepsTheMeanOfTheWeights) {
  const TempDir dir;
  const TrainConfig config = tiny_config({"optimizer.mean_decay=0.9", "optimizer.learning_rate=0.02",
                                          "optimizer.warmup=0", "data.val.clips=40", "run.steps=6"});
  const auto outcome = run_in(dir.file("run"), config);
  const auto loss_of = [&](const char* folder) {
    const ModelFiles files = open_model(dir.file(folder));
    model::TRecViT network(files.config);
    model::load_weights(network, *files.weights);
    const auto set = open_dataset(config.val, clip_options(config, files.config, false));
    return evaluate(*set, evaluate_options(config), train::predict_with({network}, config)).metrics.likelihood_loss;
  };
  const double tested = outcome.test->json.at("likelihood_loss");
  EXPECT_EQ(loss_of("run/model"), tested);
  if (outcome.best->step == 6) {
    EXPECT_EQ(loss_of("run/best"), tested);
  }
  // The weights in training differ; they are in the training part of the checkpoint.
  const auto checkpoint = train::load_checkpoint(train::list_checkpoints(dir.file("run/checkpoints"))[0]);
  const std::string kernel = "decoder.cls_head.kernel";
  EXPECT_FALSE(at::equal(checkpoint.model.at(kernel), checkpoint.training.at("weight." + kernel)));
}

// The standard deviation of an image ViT's pixels is folded into the kernel of the patch embedding.
TEST(Trainer, AppliesThePixelScaleOfAnImageViT) {
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
