#include "trecvit/train/tasks/recall.h"

#include <ATen/ATen.h>

#include <cmath>
#include <filesystem>
#include <set>

#include "data/data_test.h"
#include "train/train_test.h"
#include "trecvit/model/initialise.h"
#include "trecvit/train/module_file.h"
#include "trecvit/train/resolve.h"
#include "trecvit/train/tasks/picture_error.h"
#include "trecvit/weights/model_files.h"
#include "trecvit/weights/starting_point.h"

namespace trecvit::test {
namespace {

namespace fs = std::filesystem;
using train::RecallHead;

// Both compute the same products with another order of summation.
constexpr double kTolerance = 2e-5;

TrainConfig recall_config(const std::vector<std::string>& more = {}) {
  std::vector<std::string> changes = {"task=recall", "recall.back=2", "model.image_size=16"};
  changes.insert(changes.end(), more.begin(), more.end());
  return tiny_config(changes);
}

constexpr std::pair<const char*, RecallNetwork> kNetworks[] = {{"trecvit", RecallNetwork::kTRecViT},
                                                               {"last_frame", RecallNetwork::kLastFrame},
                                                               {"pooled_vit", RecallNetwork::kPooledViT}};

// A model without a head, an image of 16 x 16, and clips of four frames.
struct Small {
  ModelConfig config = [] {
    ModelConfig c = model_sizes(recall_config().wanted_model());
    c.num_classes = c.head_dim = 0;
    return c;
  }();
  std::shared_ptr<model::TRecViT> network = [this] {
    auto out = std::make_shared<model::TRecViT>(config);
    model::initialise(*out, model::Initialiser::kScratch, 4);
    return out;
  }();
  at::Tensor clips = [] {
    at::manual_seed(5);
    return at::rand({2, 4, 16, 16, 3});
  }();

  RecallHead head(RecallNetwork which) const { return {config, which, 4, 6}; }
};

bool all_near(const at::Tensor& a, const at::Tensor& b) { return at::allclose(a, b, kTolerance, kTolerance); }

TEST(Recall, LearnsAndWritesAnEncoder) {
  for (const auto& [name, network] : kNetworks) {
    SCOPED_TRACE(name);
    const TempDir dir;
    const auto outcome = run_in(dir.file("run"), recall_config({std::string("recall.network=") + name, "run.steps=60",
                                                                "run.eval_every=20", "optimizer.learning_rate=3e-3"}));
    ASSERT_TRUE(outcome.test);
    EXPECT_EQ(outcome.test->count, 8);
    EXPECT_EQ(outcome.test->json.at("network"), name);
    EXPECT_EQ(outcome.test->json.at("back"), 2);
    const std::string log = bytes_of(dir.file("run/log.jsonl"));
    const Json first = parse_json(log.substr(0, log.find('\n')), "log");
    EXPECT_LT(outcome.test->columns.at("loss"), 0.5 * first.at("loss").get<double>());
    EXPECT_FALSE(open_model(dir.file("run/model")).config.has_head());
    for (const char* file : {"model/recall.safetensors", "best/recall.safetensors", "pictures/recall-00000020.png",
                             "pictures/recall-00000060.png", "report.html"})
      EXPECT_TRUE(fs::exists(dir.file("run/") + file)) << file;
  }
}

TEST(Recall, ResumesBitForBit) {
  for (const auto& [name, network] : kNetworks) {
    SCOPED_TRACE(name);
    const TempDir dir;
    const TrainConfig config = recall_config({std::string("recall.network=") + name});
    run_in(dir.file("whole"), config);
    run_in(dir.file("part"), config, 5);
    run_in(dir.file("part"), config, -1, /*resume=*/true);
    for (const char* file :
         {"/model/model.safetensors", "/model/recall.safetensors", "/log.jsonl", "/pictures/recall-00000008.png"})
      EXPECT_EQ(bytes_of(dir.file("part") + file), bytes_of(dir.file("whole") + file)) << file;
  }
}

TEST(Recall, FrameByFrameEqualsTheClip) {
  const at::NoGradGuard no_grad;
  const Small small;
  const RecallHead head = small.head(RecallNetwork::kTRecViT);
  const at::Tensor whole = head.forward(*small.network, small.clips, {});
  EXPECT_EQ(whole.sizes(), (at::IntArrayRef{2, small.config.patches(), small.config.patch_values()}));
  model::ModelState state;
  model::Output step;
  for (int64_t t = 0; t < 4; ++t) step = small.network->step(small.clips.select(1, t), state);
  EXPECT_TRUE(all_near(head.pixels_of(step.tokens), whole));
}

TEST(Recall, TheControlSeesOnlyTheLastFrame) {
  const at::NoGradGuard no_grad;
  const Small small;
  at::Tensor other = small.clips.clone();
  other.narrow(1, 0, 3).fill_(0.5);
  for (const auto& [name, network] : kNetworks) {
    const RecallHead head = small.head(network);
    const bool same = head.forward(*small.network, small.clips, {}).equal(head.forward(*small.network, other, {}));
    EXPECT_EQ(same, network == RecallNetwork::kLastFrame) << name;
  }
}

// Attention over all frames distinguishes them only by their position in time; temporal blocks are not used.
TEST(Recall, ThePooledNetworkHasNoMemory) {
  const at::NoGradGuard no_grad;
  const Small small;
  const RecallHead head = small.head(RecallNetwork::kPooledViT);
  const at::Tensor whole = head.forward(*small.network, small.clips, {});
  EXPECT_FALSE(all_near(head.forward(*small.network, small.clips.flip(1), {}), whole));
  for (auto& entry : small.network->named_parameters()) {
    if (entry.key().find("residualblock") != std::string::npos) entry.value().add_(0.1);
  }
  EXPECT_TRUE(head.forward(*small.network, small.clips, {}).equal(whole));
  // Positions are counted back from the last frame, so a shorter clip does not use the first ones.
  const at::Tensor shorter = small.clips.narrow(1, 1, 3), before = head.forward(*small.network, shorter, {});
  head.time.narrow(1, 0, 1).mul_(2);
  EXPECT_TRUE(head.forward(*small.network, shorter, {}).equal(before));
  head.time.narrow(1, 3, 1).mul_(2);
  EXPECT_FALSE(all_near(head.forward(*small.network, shorter, {}), before));
  head.time.zero_();
  EXPECT_TRUE(
      all_near(head.forward(*small.network, small.clips.flip(1), {}), head.forward(*small.network, small.clips, {})));
}

// Consecutive frames of this video differ by one in the second channel, so the last frame is wrong by `back` there.
TEST(Recall, RecallsTheFrameThatManyBack) {
  const TempDir dir;
  VideoFolder videos;
  videos.add_video("0.npz", 100, 4);
  videos.write("list.txt", "0.npz\n");
  for (const int back : {1, 2, 3}) {
    const auto outcome =
        run_in(dir.file("run" + std::to_string(back)),
               recall_config({"data.train.source=" + videos.file("list.txt"),
                              "data.val.source=" + videos.file("list.txt"), "data.train.clips=0", "data.val.clips=0",
                              "clip.stride=1", "run.steps=1", "recall.back=" + std::to_string(back)}));
    const double error = back / 255.0;
    const Json& rules = outcome.test->json.at("rules");
    EXPECT_NEAR(rules.at("last_frame").get<double>(), train::psnr(error * error / 3), 1e-3);
    const double of_mean = (1.5 - (3 - back)) / 255.0;  // the only training clip is the whole video, frames 0 to 3
    EXPECT_NEAR(rules.at("mean_picture").get<double>(), train::psnr(of_mean * of_mean / 3), 1e-3);
  }
}

// The wanted frame lies at another time in each step. Each frame has one grey level and the network answers with zeros,
// so the loss reveals which frame was wanted.
TEST(Recall, LearnsFromClipsOfEveryLength) {
  const TrainConfig config = recall_config({"clip.frames=6", "recall.back=2", "data.train.clips=4"});
  const ModelConfig sizes = model_sizes(config.wanted_model());
  const auto set = open_dataset(config.train, clip_options(config, sizes, true));
  const auto network = std::make_shared<model::TRecViT>(train::resolve_model(config, sizes, *set));
  train::Recall task(config, network, *set);  // all weights are 0
  for (auto& entry : task.modules().at("recall").module->named_parameters()) entry.value().data().zero_();
  Batch batch;
  batch.clips = 1;
  batch.index = {0};
  const int64_t values = 16 * 16 * 3;
  std::set<int64_t> asked;
  for (int64_t t = 0; t < 6; ++t) batch.pixels.insert(batch.pixels.end(), values, static_cast<uint8_t>(51 * t));
  for (uint64_t step = 0; step < 40; ++step) {
    train::Loss loss;
    task.learn(batch, 1, RandomStream(step, "batch"), loss);
    asked.insert(std::lround(std::sqrt(loss.value) * 5));  // frame t is t / 5
  }
  EXPECT_EQ(asked, (std::set<int64_t>{0, 1, 2, 3}));
}

TEST(Recall, RulesUseSomeOfManyClips) {
  const TempDir dir;
  const auto outcome = run_in(dir.file("run"), recall_config({"data.val.clips=300", "run.steps=1"}));
  EXPECT_EQ(outcome.test->json.at("count"), 300);
  EXPECT_EQ(outcome.test->json.at("rules_count"), 150);
}

// As in a test with loader.bad_files = skip.
TEST(Recall, PicturesSkipClipsThatCannotBeRead) {
  const TempDir dir;
  VideoFolder videos;
  for (int i = 1; i < 4; ++i) videos.add_video(std::to_string(i) + ".npz", static_cast<uint8_t>(40 * i), 6);
  videos.write("0.npz", "no archive");
  videos.write("list.txt", "0.npz\n1.npz\n2.npz\n3.npz\n");
  for (const char* task : {"recall", "reconstruct"}) {
    const auto outcome = run_in(
        dir.file(task),
        recall_config({"data.val.source=" + videos.file("list.txt"), "data.val.clips=0", "run.steps=1",
                       "loader.bad_files=skip", "loader.bad_limit=0.5", std::string("task=") + task, "mask.ratio=0.5",
                       "reconstruction.width=16", "reconstruction.depth=1", "reconstruction.heads=2"}));
    EXPECT_EQ(outcome.test->count, 3) << task;
  }
}

TEST(Recall, LoadsTheModuleThatWasSaved) {
  const TempDir dir;
  const TrainConfig config = recall_config({"recall.network=pooled_vit", "run.steps=2"});
  run_in(dir.file("run"), config);
  RecallHead head(open_model(dir.file("run/model")).config, config.recall.network, 4, 1);
  const std::string path = dir.file("run/model/recall.safetensors");
  EXPECT_NO_THROW(train::load_module(path, head, {"recall", "pooled_vit, 2 back"}));
  expect_error(ErrorKind::kInput, {"of the kind trecvit", "got pooled_vit"},
               [&] { train::load_module(path, head, {"recall", "trecvit"}); });
}

TEST(Recall, RefusesIncompatibleSettings) {
  const TempDir dir;
  const auto refused = [&](const std::vector<std::string>& changes, const std::vector<std::string>& words) {
    expect_error(ErrorKind::kUsage, words, [&] { run_in(dir.file("refused"), recall_config(changes)); });
  };
  refused({"run.chunk=2"}, {"run.chunk"});
  refused({"clip.order=shuffled"}, {"clip.order"});
  refused({"run.recompute=true", "recall.network=pooled_vit"}, {"run.recompute", "pooled_vit"});
}

}  // namespace
}  // namespace trecvit::test
