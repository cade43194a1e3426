#include "trecvit/train/plan.h"

#include "train/train_test.h"
#include "trecvit/weights/starting_point.h"

namespace trecvit::test {
namespace {

train::Plan plan_of(const std::vector<std::string>& changes, int64_t steps = 10) {
  const TrainConfig config = tiny_config(changes);
  return train::make_plan(config, model_sizes(config), steps, 100);
}

TEST(Plan, CountsClipsFramesAndOperations) {
  const train::Plan plan = plan_of({});
  EXPECT_EQ(plan.clips, 40);    // 10 steps of 4
  EXPECT_EQ(plan.frames, 160);  // of 4 frames
  const double forward = model_sizes(tiny_config()).flops_per_frame() * 160;
  EXPECT_DOUBLE_EQ(plan.flops, 3 * forward);  // forward and a backward pass of twice that
  EXPECT_DOUBLE_EQ(plan_of({"run.recompute=true"}).flops, 4 * forward);
  EXPECT_DOUBLE_EQ(plan_of({"start.backbone=frozen"}).flops, forward);
  EXPECT_EQ(plan_of({"optimizer.accumulate=3"}).clips, 120);
  EXPECT_GT(plan.hours, 0);
}

TEST(Plan, KnowsWhatSavesMemory) {
  const double usual = plan_of({}).memory_bytes;
  for (const char* change : {"run.recompute=true", "run.chunk=2", "start.backbone=frozen", "run.batch=2"})
    EXPECT_LT(plan_of({change}).memory_bytes, usual) << change;
  EXPECT_GT(plan_of({"optimizer.mean_decay=0.9"}).memory_bytes, usual);
  EXPECT_EQ(plan_of({"run.chunk=100"}).memory_bytes, usual);  // a clip is shorter than that
}

TEST(Plan, OfTheLargestRun) {
  const train::Plan plan =
      plan_of({"run.batch=4096", "clip.frames=4096", "optimizer.accumulate=4096"}, int64_t{1} << 30);
  EXPECT_GT(plan.memory_bytes, 0);
  EXPECT_DOUBLE_EQ(plan.frames, 0x1p66);
}

}  // namespace
}  // namespace trecvit::test
