#include "trecvit/train/tasks/masked_reconstruction.h"

#include <ATen/ATen.h>

#include <cmath>
#include <filesystem>

#include "train/tasks/masked_test.h"
#include "trecvit/engine/engine.h"
#include "trecvit/model/initialise.h"
#include "trecvit/model/model_weights.h"
#include "trecvit/train/module_file.h"
#include "trecvit/train/resolve.h"
#include "trecvit/video/video_file.h"
#include "trecvit/weights/model_files.h"
#include "trecvit/weights/starting_point.h"

namespace trecvit::test {
namespace {

namespace fs = std::filesystem;

Json last_test(const std::string& folder) {
  const std::string log = bytes_of(folder + "/log.jsonl");
  const size_t at = log.rfind("{\"step\":", log.rfind("\"val\""));
  return parse_json(log.substr(at, log.find('\n', at) - at), "log").at("val");
}

// Better than at its first step and than the mean picture.
void expect_it_learned(const std::string& folder, const train::TrainOutcome& outcome) {
  ASSERT_TRUE(outcome.test);
  EXPECT_EQ(outcome.test->count, 8);
  EXPECT_DOUBLE_EQ(outcome.test->json.at("masked").get<double>(), 0.75);
  const std::string log = bytes_of(folder + "/log.jsonl");
  const Json first = parse_json(log.substr(0, log.find('\n')), "log");
  EXPECT_LT(outcome.test->columns.at("loss"), 0.5 * first.at("loss").get<double>());
  const Json tested = last_test(folder);
  EXPECT_EQ(tested.at("rules").size(), 4U);
  EXPECT_GT(tested.at("psnr"), tested.at("rules").at("mean_picture"));
  EXPECT_GT(tested.at("rules").at("linear"), tested.at("rules").at("mean_colour"));
}

void expect_pictures(const std::string& folder) {
  for (const char* file :
       {"model/reconstruction.safetensors", "best/reconstruction.safetensors", "pictures/reconstruction-00000020.png",
        "pictures/reconstruction-00000040.png", "pictures/reconstruction-00000060.png", "report.html"})
    EXPECT_TRUE(fs::exists(fs::path(folder) / file)) << file;

  // Three clips one below the other, four panels side by side; frames of 32 pixels enlarged twofold, with a gap of 2.
  if (!video_libraries().starts_with("none")) {
    const auto film = open_video_file(folder + "/pictures/reconstruction.mp4", {});
    EXPECT_EQ(film->info().codec, "h264");
    EXPECT_EQ(film->info().height, 3 * 66);
    EXPECT_EQ(film->info().width, 4 * 66);
    int frames = 0;
    while (film->next()) ++frames;
    EXPECT_EQ(frames, 4);
  }
  std::string events;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().filename().string().find("tfevents") != std::string::npos)
      events += bytes_of(entry.path().string());
  }
  EXPECT_NE(events.find("PNG"), std::string::npos);  // the sheet is among the events too
}

// With all tokens.
void expect_the_engine_runs(const ModelFiles& files) {
  const auto model = Model::make(files.config, *files.weights);
  Engine engine(model, 1);
  StreamState state = model->make_state();
  const std::vector<float> frame(32 * 32 * 3, 0.5F);
  const auto result = engine.step(frame, state);
  EXPECT_TRUE(result.logits.empty());
  EXPECT_EQ(std::ssize(result.tokens), files.config.tokens() * files.config.width);
}

TEST(MaskedReconstruction, LearnsAndWritesAnEncoder) {
  const TempDir dir;
  const auto outcome =
      run_in(dir.file("run"), masked_config({"run.steps=60", "run.eval_every=20", "optimizer.learning_rate=3e-3",
                                             "reconstruction.target=raw"}));
  ASSERT_NO_FATAL_FAILURE(expect_it_learned(dir.file("run"), outcome));
  expect_pictures(dir.file("run"));

  const ModelFiles files = open_model(dir.file("run/model"));
  EXPECT_FALSE(files.config.has_head());
  EXPECT_TRUE(files.ignored.empty());
  expect_the_engine_runs(files);

  // Another run can start from it.
  const auto tuned = run_in(dir.file("tuned"),
                            tiny_config({"model.image_size=32", "run.steps=1", "start.from=" + dir.file("run/model")}));
  EXPECT_EQ(tuned.step, 1);
  EXPECT_TRUE(open_model(dir.file("tuned/model")).config.has_head());
}

// In each frame of each clip, the encoder sees exactly the patches that the loss leaves out.
TEST(BatchMask, VisiblePatchesAreThoseNotMasked) {
  const MaskGrid grid{3, 4, 6};
  for (const MaskKind kind : {MaskKind::kTube, MaskKind::kBlock, MaskKind::kFrame, MaskKind::kFuture}) {
    std::vector<Mask> masks;
    for (uint64_t clip = 0; clip < 3; ++clip) masks.push_back(draw_mask({kind, 0.6}, grid, RandomStream(clip, "mask")));
    const train::BatchMask got = train::batch_mask(masks, grid, at::kCPU);
    const auto& index = got.visible.index;
    const int64_t frames = got.visible.frames;
    ASSERT_EQ(got.masked.sizes(), at::IntArrayRef({3, 6, 12}));
    at::Tensor seen = at::zeros({3, 6, 12});
    seen.narrow(1, 0, frames).scatter_(2, index.expand({3, frames, index.size(2)}), 1);
    EXPECT_TRUE(at::equal(seen, 1 - got.masked)) << static_cast<int>(kind);
    for (int64_t clip = 0; clip < 3; ++clip) {
      for (int64_t frame = 0; frame < 6; ++frame) {
        const int64_t row = masks[0].is_tube() ? 0 : frame;
        for (int64_t patch = 0; patch < 12; ++patch) {
          EXPECT_EQ(got.masked[clip][frame][patch].item<float>(),
                    static_cast<float>(masks[static_cast<size_t>(clip)].masked[static_cast<size_t>(row * 12 + patch)]));
        }
      }
    }
  }
}

TEST(MaskedReconstruction, BaselineOfFutureFramesIsTheLastVisibleOne) {
  const TempDir dir;
  const auto outcome = run_in(dir.file("run"), masked_config({"run.steps=1", "mask.kind=future", "mask.ratio=0.5"}));
  const Json& rules = outcome.test->json.at("rules");
  EXPECT_EQ(rules.size(), 2U);
  EXPECT_GT(rules.at("last_frame"), rules.at("mean_picture"));  // the camera moves slowly
}

// A run with the same reconstruction decoder loads it; one with other sizes starts with a new one.
TEST(MaskedReconstruction, StartsFromAnotherRun) {
  const TempDir dir;
  run_in(dir.file("first"), masked_config());
  const auto second = [&](const std::string& name, const std::vector<std::string>& changes) {
    std::vector<std::string> all = {"run.steps=1", "seed=9", "optimizer.learning_rate=0"};
    all.insert(all.end(), changes.begin(), changes.end());
    run_in(dir.file(name), masked_config(all));
    return bytes_of(dir.file(name) + "/model/reconstruction.safetensors");
  };
  const std::string from = "start.from=" + dir.file("first/model");
  EXPECT_EQ(second("same", {from}), bytes_of(dir.file("first/model/reconstruction.safetensors")));
  for (const char* change : {"reconstruction.depth=2", "reconstruction.blocks=vit", "reconstruction.width=32",
                             "reconstruction.heads=4", "reconstruction.target=raw"})
    EXPECT_EQ(second(std::string("started ") + change, {from, change}), second(std::string("new ") + change, {change}))
        << change;
}

class MaskedResume : public testing::TestWithParam<const char*> {};

TEST_P(MaskedResume, ContinuesBitForBit) {
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

TEST(MaskedReconstruction, TestsAreDeterministicAndIndependentOfTraining) {
  const TempDir dir;
  // The training of these two runs differs only in the masks, so tests of the untrained weights are equal.
  const auto a = run_in(dir.file("a"), masked_config({"run.steps=1", "optimizer.learning_rate=0"}));
  const auto b = run_in(dir.file("b"), masked_config({"run.steps=2", "optimizer.learning_rate=0"}));
  EXPECT_EQ(a.test->json, b.test->json);
}

// The mask of a test depends on the clip, not on its position in a batch.
TEST(MaskedReconstruction, TestsDoNotDependOnTheBatchSize) {
  const TempDir dir;
  const auto loss = [&](const std::string& batch) {
    const auto outcome = run_in(dir.file(batch), masked_config({"run.steps=1", "optimizer.learning_rate=0", batch}));
    return outcome.test->json.at("loss").get<double>();
  };
  const double one = loss("run.batch=1");
  EXPECT_NEAR(loss("run.batch=3"), one, 1e-6 * one);
}

// Loss, test and report follow the choices of the config.
TEST(MaskedReconstruction, UsesTargetAndLossOfTheConfig) {
  const TempDir dir;
  const auto outcome = [&](const std::string& name, const std::vector<std::string>& changes) {
    std::vector<std::string> all = {"run.steps=1", "optimizer.learning_rate=0"};
    all.insert(all.end(), changes.begin(), changes.end());
    return run_in(dir.file(name), masked_config(all)).test->json;
  };
  const auto note_in = [&](const std::string& name) {
    return bytes_of(dir.file(name + "/report.html")).find("take these from the truth") != std::string::npos;
  };
  const Json masked = outcome("masked", {"reconstruction.target=raw"});
  const Json all = outcome("all", {"reconstruction.target=raw", "reconstruction.loss=all"});
  const Json normalised = outcome("normalised", {});
  EXPECT_NE(masked.at("loss"), all.at("loss"));
  EXPECT_EQ(masked.at("psnr"), all.at("psnr"));  // over masked pixels in both
  EXPECT_FALSE(masked.at("knows_mean_and_deviation"));
  EXPECT_FALSE(note_in("masked"));
  EXPECT_TRUE(normalised.at("knows_mean_and_deviation"));
  EXPECT_TRUE(note_in("normalised"));
  // Values with mean 0 and deviation 1 have a larger loss than values in [0, 1].
  EXPECT_GT(normalised.at("loss").get<double>(), 0.9);
  EXPECT_LT(masked.at("loss").get<double>(), 0.5);
}

// Rules are slow on large pictures, so a stop request is checked between them; the test then has no result.
TEST(MaskedReconstruction, ATestCanBeStoppedBetweenRules) {
  const TrainConfig config = masked_config();
  const ModelConfig sizes = model_sizes(config.wanted_model());
  const auto set = open_dataset(config.train, clip_options(config, sizes, true));
  const auto network = std::make_shared<model::TRecViT>(train::resolve_model(config, sizes, *set));
  model::initialise(*network, model::Initialiser::kScratch, config.seed);
  train::MaskedReconstruction task(config, network, *set);
  struct Watch : ProgressSink {
    void advance(int64_t units) override {
      clips += units;
      if (++asked == 30) stop.request_stop();
    }
    int asked = 0;
    int64_t clips = 0;
    std::stop_source stop;
  } watch;
  EXPECT_THROW(task.test(*set, {&watch, watch.stop.get_token()}), Stopped);
  EXPECT_EQ(watch.asked, 30);  // 24 clips for the mean picture, then the rules of the first batch
  EXPECT_EQ(watch.clips, 0);
  EXPECT_EQ(task.test(*set, {&watch}).count, 24);
  EXPECT_EQ(watch.clips, 24);
}

TEST(MaskedReconstruction, LoadsTheModuleThatWasSaved) {
  const TempDir dir;
  const TrainConfig config = masked_config({"run.steps=2"});
  run_in(dir.file("run"), config);
  const ModelFiles files = open_model(dir.file("run/model"));
  model::Reconstruction module(files.config, config.reconstruction);
  const std::string path = dir.file("run/model/reconstruction.safetensors");
  const train::ModuleKind kind{"reconstruction", "trecvit, 2 heads, normalised"};
  train::load_module(path, module, kind);
  expect_error(ErrorKind::kInput, {"of the kind vit", "got trecvit, 2 heads, normalised"},
               [&] { train::load_module(path, module, {"reconstruction", "vit"}); });
  ReconstructionConfig wider = config.reconstruction;
  wider.width = 32;
  model::Reconstruction other(files.config, wider);
  expect_error(ErrorKind::kInput, {"expected", "float32"}, [&] { train::load_module(path, other, kind); });
  // A file with additional tensors belongs to another module.
  ReconstructionConfig deep = config.reconstruction;
  deep.depth = 2;
  train::save_module(dir.file("deep.safetensors"), model::Reconstruction(files.config, deep), kind);
  expect_error(ErrorKind::kInput, {"got also", "_1"},
               [&] { train::load_module(dir.file("deep.safetensors"), module, kind); });
}

TEST(MaskedReconstruction, RefusesIncompatibleSettings) {
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
