#include "trecvit/train/plan.h"

#include "train/train_test.h"
#include "trecvit/train/resolve.h"
#include "trecvit/train/tasks/masked_cost.h"
#include "trecvit/weights/starting_point.h"

namespace trecvit::test {
namespace {

train::Plan plan_of(const std::vector<std::string>& changes, int64_t steps = 10) {
  const TrainConfig config = tiny_config(changes);
  return train::make_plan(config, model_sizes(config.wanted_model()), {steps, 1, 100});
}

TEST(Plan, CountsClipsFramesAndOperations) {
  const train::Plan plan = plan_of({});
  EXPECT_EQ(plan.clips, 40);    // 10 steps of 4 clips
  EXPECT_EQ(plan.frames, 160);  // 40 clips of 4 frames
  const double forward = model_sizes(tiny_config().wanted_model()).flops_per_frame() * 160;
  EXPECT_DOUBLE_EQ(plan.flops, 3 * forward);  // a forward pass, and a backward pass of twice its cost
  EXPECT_DOUBLE_EQ(plan_of({"run.recompute=true"}).flops, 4 * forward);
  EXPECT_DOUBLE_EQ(plan_of({"start.backbone=frozen"}).flops, forward);
  EXPECT_EQ(plan_of({"optimizer.accumulate=3"}).clips, 120);
  EXPECT_GT(plan.hours, 0);
}

// Two processes do twice the work in the same time, each with its own copy of the weights.
TEST(Plan, CountsTheProcesses) {
  const TrainConfig config = tiny_config();
  const ModelConfig model = model_sizes(config.wanted_model());
  const train::Plan one = train::make_plan(config, model, {10, 1, 100}),
                    two = train::make_plan(config, model, {10, 2, 100});
  EXPECT_EQ(two.clips, 2 * one.clips);
  EXPECT_DOUBLE_EQ(two.flops, 2 * one.flops);
  EXPECT_DOUBLE_EQ(two.hours, one.hours);
  EXPECT_EQ(two.memory_bytes, one.memory_bytes);
  EXPECT_NE(train::describe(two, config, model).back().find("per process"), std::string::npos);
}

TEST(Plan, AccountsForSettingsThatSaveMemory) {
  const double usual = plan_of({}).memory_bytes;
  for (const char* change : {"run.recompute=true", "run.chunk=2", "start.backbone=frozen", "run.batch=2"})
    EXPECT_LT(plan_of({change}).memory_bytes, usual) << change;
  EXPECT_GT(plan_of({"optimizer.mean_decay=0.9"}).memory_bytes, usual);
  EXPECT_EQ(plan_of({"run.chunk=100"}).memory_bytes, usual);  // longer than a clip
}

// Frozen weights have no gradients and no moments, so two more blocks cost their parameters once.
TEST(Plan, AFrozenNetworkIsInMemoryOnce) {
  const auto bytes = [](const char* depth) { return plan_of({"start.backbone=frozen", depth}).memory_bytes; };
  const auto parameters = [](const char* depth) {
    return model_sizes(tiny_config({depth}).wanted_model()).parameter_count();
  };
  EXPECT_DOUBLE_EQ(bytes("model.depth=4") - bytes("model.depth=2"),
                   4.0 * static_cast<double>(parameters("model.depth=4") - parameters("model.depth=2")));
}

// For a network without a head.
train::Plan plan_of_encoder(const std::vector<std::string>& changes) {
  const TrainConfig config = tiny_config(changes);
  ModelConfig sizes = model_sizes(config.wanted_model());
  sizes.num_classes = sizes.head_dim = 0;
  return train::make_plan(config, sizes, {10, 1, 100});
}

TEST(Plan, OfTheRecallTask) {
  const auto recall = [](const std::string& network) {
    return plan_of_encoder({"task=recall", "recall.back=2", "recall.network=" + network});
  };
  const train::Plan usual = recall("trecvit"), last = recall("last_frame"), pooled = recall("pooled_vit");
  EXPECT_DOUBLE_EQ(last.flops, usual.flops / 4);  // one frame of four
  EXPECT_LT(last.memory_bytes, usual.memory_bytes);
  EXPECT_GT(pooled.flops, usual.flops);
  EXPECT_GT(pooled.memory_bytes, usual.memory_bytes);
}

// The weights, gradients and moments of the reconstruction decoder, and what it keeps for the backward pass.
TEST(Plan, CountsTheReconstructionDecoder) {
  const auto bytes = [](int64_t width) {
    return plan_of_encoder({"task=reconstruct", "run.batch=1", "clip.frames=1", "reconstruction.depth=1",
                            "reconstruction.heads=2", "reconstruction.width=" + std::to_string(width)})
        .memory_bytes;
  };
  // At least 4 bytes for each of four copies of one block: 8 E^2 of the MLP and 4 E^2 of attention.
  constexpr double kWide = 512;
  EXPECT_GT(bytes(512) - bytes(16), 4 * 4 * 12 * kWide * kWide * 0.99);
}

TEST(Plan, PrintsReadableNumbers) {
  const TrainConfig config = tiny_config();
  const ModelConfig model = model_sizes(config.wanted_model());
  train::Plan plan = train::make_plan(config, model, {8, 1, 0});
  plan.flops = 12.3e6;
  plan.hours = 150.0 / 3600;
  plan.memory_bytes = 34.6e6;
  std::string text;
  for (const auto& line : train::describe(plan, config, model)) text += line + "\n";
  for (const char* part : {"12.3 MFLOP", "about 2 min 30 s and 34.6 MB of memory", "FLOP per frame"})
    EXPECT_NE(text.find(part), std::string::npos) << text;
  plan.flops = 999.6e9;
  plan.memory_bytes = 512;
  plan.hours = 0;
  text.clear();
  for (const auto& line : train::describe(plan, config, model)) text += line + "\n";
  for (const char* part : {"1.00 TFLOP", "about 1 s and 512 B"}) EXPECT_NE(text.find(part), std::string::npos) << text;
}

// Only if the run computes in bf16, and only if that is slower.
TEST(Plan, WarnsIfBf16IsSlower) {
  const TrainConfig exact = tiny_config(), narrow = tiny_config({"run.precision=bf16"});
  const ModelConfig model = model_sizes(exact.wanted_model());
  EXPECT_EQ(train::slower_in_bf16(exact, model, 1e-9), "");
  EXPECT_EQ(train::slower_in_bf16(narrow, model, 1e9), "");
  EXPECT_NE(train::slower_in_bf16(narrow, model, 1e-9).find("slower than f32"), std::string::npos);
}

// The nearest whole number of steps, at least one.
TEST(Plan, ConvertsEpochsToSteps) {
  const auto steps = [](const std::vector<std::string>& changes, int64_t samples, int64_t processes = 1) {
    return train::resolve_steps(tiny_config(changes), samples, processes);
  };
  EXPECT_EQ(steps({"run.steps=7", "run.epochs=3"}, 100), 7);
  EXPECT_EQ(steps({"run.steps=0", "run.epochs=3"}, 100), 75);
  EXPECT_EQ(steps({"run.steps=0", "run.epochs=3", "optimizer.accumulate=2"}, 100), 38);  // 37.5
  EXPECT_EQ(steps({"run.steps=0", "run.epochs=3"}, 100, /*processes=*/3), 25);
  EXPECT_EQ(steps({"run.steps=0", "run.epochs=0.001"}, 100), 1);
  // A checkpoint with more steps could not be read.
  EXPECT_EQ(steps({"run.steps=0", "run.epochs=4"}, kMostSteps), kMostSteps);
  expect_error(ErrorKind::kUsage, {"[run.epochs]", "at most 1073741824 steps"},
               [&] { steps({"run.steps=0", "run.epochs=5"}, kMostSteps); });
}

TEST(Plan, CountsTheEncoderOnMaskedClips) {
  const auto cost_of = [](const std::string& kind, const std::string& pool = "cls") {
    const TrainConfig config = tiny_config({"task=reconstruct", "model.image_size=64", "mask.ratio=0.75",
                                            "clip.frames=8", "mask.kind=" + kind, "model.pool=" + pool});
    return std::pair{train::masked_cost(config, model_sizes(config.wanted_model())),
                     model_sizes(config.wanted_model())};
  };
  const auto [tube, sizes] = cost_of("tube");
  ASSERT_EQ(sizes.patches(), 64);
  EXPECT_DOUBLE_EQ(tube.masked, 0.75);
  EXPECT_DOUBLE_EQ(tube.encoder, sizes.encoder_flops_per_frame(1 + 16));
  EXPECT_DOUBLE_EQ(tube.whole_encoder, sizes.encoder_flops_per_frame(65));
  EXPECT_DOUBLE_EQ(cost_of("block").first.encoder, tube.encoder);
  // Two of eight frames are visible, each as a whole.
  const auto future = cost_of("future").first;
  EXPECT_DOUBLE_EQ(future.masked, 0.75);
  EXPECT_DOUBLE_EQ(future.encoder, tube.whole_encoder / 4);
  // A patch is visible in two of eight frames on average and in about five at most; the recurrence runs over the most.
  for (const char* pool : {"cls", "gap"}) {
    const auto [other, of_pool] = cost_of("frame", pool);
    EXPECT_DOUBLE_EQ(other.masked, 0.75);
    EXPECT_GT(other.encoder, 1.05 * of_pool.encoder_flops_per_frame(of_pool.tokens() - 48)) << pool;
    EXPECT_LT(other.encoder, 0.9 * other.whole_encoder) << pool;
  }
}

TEST(Plan, OfTheLargestRunDoesNotOverflow) {
  const train::Plan plan =
      plan_of({"run.batch=4096", "clip.frames=4096", "optimizer.accumulate=4096"}, int64_t{1} << 30);
  EXPECT_GT(plan.memory_bytes, 0);
  EXPECT_DOUBLE_EQ(plan.frames, 0x1p66);
}

}  // namespace
}  // namespace trecvit::test
