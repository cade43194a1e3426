// Training steps on clips in parts, with targets per frame, and with image motion.
#include <cmath>

#include "train/train_step_test.h"
#include "trecvit/train/tasks/motion_head.h"

namespace trecvit::test {
namespace {

TEST(TrainStep, TheMotionHeadLearnsAndIsNotPartOfTheModel) {
  const StepFixture fixture({"objective.motion_weight=1", "optimizer.learning_rate=0.01"});
  TrainStep stepper = fixture.stepper();
  const auto batches = fixture.batches(1, 8);
  const double first = stepper.run(batches, 0).loss.parts.at("motion_loss");
  double last = first;
  for (int64_t step = 1; step < 8; ++step) last = stepper.run(batches, step).loss.parts.at("motion_loss");
  EXPECT_GT(first, 0);
  EXPECT_LT(last, first);
  EXPECT_TRUE(stepper.state().contains("auxiliary.motion.kernel"));
  for (const auto& [name, tensor] : stepper.weights()) EXPECT_EQ(name.find("motion"), std::string::npos) << name;
}

TEST(TrainStep, TakesTargetsPerFrame) {
  const StepFixture fixture({"objective.target=frame"});
  const auto batches = fixture.batches(1, 4);
  EXPECT_EQ(batches[0].targets.size(), 4U * 4 * 4);
  TrainStep stepper = fixture.stepper();
  const StepResult result = stepper.run(batches, 0);
  EXPECT_GT(result.loss.value, 0);
  EXPECT_EQ(fixture.network->config().readout.kind, Readout::Kind::kLast);
}

// For a clip of one frame, the target of the frame has the size of that of the clip.
TEST(TrainStep, TargetOfASingleFrameEqualsThatOfItsClip) {
  const StepFixture clip({"clip.frames=2"}), frame({"clip.frames=2", "objective.target=frame"});
  Batch batch = clip.batches(1, 4)[0];
  const size_t frame_bytes = batch.pixels.size() / 8;
  std::vector<uint8_t> firsts;
  for (size_t i = 0; i < 4; ++i)
    firsts.insert(firsts.end(), batch.pixels.begin() + static_cast<ptrdiff_t>(2 * i * frame_bytes),
                  batch.pixels.begin() + static_cast<ptrdiff_t>((2 * i + 1) * frame_bytes));
  batch.pixels = firsts;
  TrainStep by_clip = clip.stepper(), by_frame = frame.stepper();
  const StepResult want = by_clip.run(std::span(&batch, 1), 0), got = by_frame.run(std::span(&batch, 1), 0);
  EXPECT_NEAR(got.loss.value, want.loss.value, 1e-6 * want.loss.value);
  EXPECT_EQ(got.loss.parts.at("accuracy"), want.loss.parts.at("accuracy"));
}

// With labels per frame, the loss does not depend on the parts, but gradients do not cross their borders.
TEST(TrainStep, ChunksHaveTheLossOfTheClip) {
  // Each frame has another label.
  const std::string target = "objective.target=frame", source = "data.train.source=synthetic:shape_row?ask=previous";
  const StepFixture whole({target, source});
  const auto batches = whole.batches(1, 4);
  TrainStep stepper = whole.stepper();
  const StepResult want = stepper.run(batches, 0);
  for (const char* chunk : {"1", "3", "4", "9"}) {
    const StepFixture fixture({target, source, std::string("run.chunk=") + chunk});
    TrainStep parts = fixture.stepper();
    const StepResult got = parts.run(batches, 0);
    EXPECT_NEAR(got.loss.value, want.loss.value, 1e-6 * want.loss.value) << chunk;
    EXPECT_NEAR(got.loss.parts.at("accuracy"), want.loss.parts.at("accuracy"), 1e-9) << chunk;
    if (std::stoi(chunk) < 4) {
      EXPECT_GT(std::abs(got.gradient_norm - want.gradient_norm), 1e-4 * want.gradient_norm) << chunk;
    } else {
      EXPECT_EQ(got.gradient_norm, want.gradient_norm) << chunk;
    }
  }
}

// There is one transition fewer than there are frames.
TEST(TrainStep, MotionLossIsTheMeanOverTransitions) {
  const StepFixture fixture({"objective.motion_weight=1"});
  const auto batches = fixture.batches(1, 4);
  const at::NoGradGuard no_grad;
  const train::DeviceBatch batch =
      train::to_device(batches[0], fixture.network->config(), at::kCPU, fixture.config.objective.target);
  const train::MotionHead head(fixture.network->config(), fixture.config.objective.motion == MotionTarget::kPatch,
                               fixture.config.seed);
  const double want = head.loss(fixture.network->forward(batch.clips), batch.motion, 1).item<double>();
  EXPECT_GT(want, 0);
  TrainStep stepper = fixture.stepper();
  const at::AutoGradMode grad(true);
  EXPECT_NEAR(stepper.run(batches, 0).loss.parts.at("motion_loss"), want, 1e-6 * want);
}

// Motion into the first frame of a part is known if another part comes before it.
TEST(TrainStep, ChunksHaveTheMotionOfTheClip) {
  const std::vector<std::string> base = {"objective.motion_weight=1"};
  const StepFixture whole(base);
  const auto batches = whole.batches(1, 4);
  TrainStep stepper = whole.stepper();
  const StepResult want = stepper.run(batches, 0);
  for (const char* chunk : {"1", "2", "3"}) {
    const StepFixture fixture({base[0], std::string("run.chunk=") + chunk});
    TrainStep parts = fixture.stepper();
    EXPECT_NEAR(parts.run(batches, 0).loss.parts.at("motion_loss"), want.loss.parts.at("motion_loss"),
                1e-6 * want.loss.parts.at("motion_loss"))
        << chunk;
  }
}

// The gradient of a part treats the state carried into it as a constant.
TEST(TrainStep, GradientsOfChunksStopAtTheCarriedState) {
  const StepFixture fixture({"objective.target=clip", "run.chunk=2", "optimizer.clip_norm=0"});
  const auto batches = fixture.batches(1, 4);
  const train::DeviceBatch batch = train::to_device(batches[0], fixture.network->config(), at::kCPU, TargetKind::kClip);
  model::ModelState state;
  Tensor total = at::zeros({});
  for (int64_t begin = 0; begin < 4; begin += 2) {
    const auto output = fixture.network->forward(batch.clips.narrow(1, begin, 2), &state);
    total = total + 0.5 * train::classification_loss(output.logits.select(1, -1), batch.targets, {});
    state.detach();
  }
  total.backward();
  double squares = 0;
  for (const auto& parameter : fixture.network->parameters())
    squares += std::pow(parameter.grad().norm().item<double>(), 2);
  for (auto& parameter : fixture.network->parameters()) parameter.mutable_grad().reset();
  TrainStep stepper = fixture.stepper();
  const StepResult got = stepper.run(batches, 0);
  EXPECT_NEAR(got.loss.value, total.item<double>(), 1e-6);
  EXPECT_NEAR(got.gradient_norm, std::sqrt(squares), 1e-5 * got.gradient_norm);
}

}  // namespace
}  // namespace trecvit::test
