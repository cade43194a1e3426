#include "train/train_step_test.h"

#include <cmath>
#include <cstring>

#include "trecvit/train/tasks/masked_reconstruction.h"

namespace trecvit::test {
namespace {

TEST(TrainStep, TwoHalfBatchesAreOneBatch) {
  EXPECT_LT(largest_difference(weights_after({}, 1, 2, 4), weights_after({}, 1, 1, 8)), kSums);
}

// Every clip has the same weight, even if bad files made one batch smaller.
TEST(TrainStep, ASmallAndALargeBatchAreOneBatch) {
  const StepFixture whole, parts;
  const Batch batch = whole.batches(1, 8)[0];
  const auto part = [&batch](int64_t first, int64_t count) {
    const auto cut = [&](const auto& all) {
      const auto each = static_cast<int64_t>(all.size()) / batch.clips;
      return std::vector(all.begin() + first * each, all.begin() + (first + count) * each);
    };
    Batch out = batch;
    out.clips = count;
    out.index = cut(batch.index);
    out.label = cut(batch.label);
    out.pixels = cut(batch.pixels);
    out.targets = cut(batch.targets);
    out.motion = cut(batch.motion);
    return out;
  };
  TrainStep a = whole.stepper(), b = parts.stepper();
  const StepResult want = a.run(std::vector{batch}, 0), got = b.run(std::vector{part(0, 2), part(2, 6)}, 0);
  EXPECT_NEAR(got.loss.value, want.loss.value, 1e-6 * want.loss.value);
  EXPECT_NEAR(got.gradient_norm, want.gradient_norm, 1e-5 * want.gradient_norm);
  EXPECT_LT(largest_difference(a.weights(), b.weights()), kSums);
}

TEST(TrainStep, RecomputingGivesTheSameBits) {
  EXPECT_EQ(largest_difference(weights_after({"run.recompute=true"}, 3, 1, 4), weights_after({}, 3, 1, 4)), 0);
}

// bfloat16 has eight significant bits, so losses agree to about one part in a hundred.
TEST(TrainStep, Bf16IsCloseButNotEqual) {
  const StepFixture exact, rounded({"run.precision=bf16"});
  const auto batches = exact.batches(1, 8);
  TrainStep a = exact.stepper(), b = rounded.stepper();
  const StepResult want = a.run(batches, 0), got = b.run(batches, 0);
  EXPECT_NEAR(got.loss.value, want.loss.value, 0.02 * want.loss.value);
  EXPECT_NE(got.loss.value, want.loss.value);
  EXPECT_NEAR(got.gradient_norm, want.gradient_norm, 0.05 * want.gradient_norm);
}

TEST(TrainStep, RecomputingInBf16GivesTheSameBits) {
  EXPECT_EQ(largest_difference(weights_after({"run.precision=bf16", "run.recompute=true"}, 2, 1, 4),
                               weights_after({"run.precision=bf16"}, 2, 1, 4)),
            0);
}

TEST(TrainStep, ClipsTheGradient) {
  // A step of AdamW does not depend on the scale of the gradient, but the second moment does.
  const auto second_moment = [](const std::string& limit) {
    const StepFixture fixture({"optimizer.clip_norm=" + limit});
    TrainStep stepper = fixture.stepper();
    const StepResult result = stepper.run(fixture.batches(1, 4), 0);
    double sum = 0;
    for (const auto& [name, tensor] : stepper.state()) {
      if (name.starts_with("v.")) sum += tensor.sum().item<double>();
    }
    return std::pair(result.gradient_norm, sum / (1 - 0.999));  // the squared norm after clipping
  };
  const auto [norm, free] = second_moment("0");
  EXPECT_NEAR(free, norm * norm, 1e-4 * norm * norm);
  const auto [same_norm, clipped] = second_moment("0.01");
  EXPECT_NEAR(same_norm, norm, 1e-6 * norm);
  EXPECT_NEAR(clipped, 1e-4, 1e-8);
}

TEST(TrainStep, UpdatesNothingIfANumberIsNotFinite) {
  for (const bool in_loss : {true, false}) {
    const StepFixture fixture;
    TrainStep stepper = fixture.stepper();
    stepper.run(fixture.batches(1, 4), 0);
    const auto batches = fixture.batches(1, 4);
    Tensor bias = fixture.network->decoder->head->bias;
    if (in_loss) {
      const at::NoGradGuard no_grad;
      bias[0] = NAN;
    } else {
      bias.register_hook([](const Tensor& gradient) { return gradient * INFINITY; });
    }
    const auto state = copy_of(stepper.state()), weights = copy_of(stepper.weights());
    const StepResult result = stepper.run(batches, 1);
    EXPECT_EQ(std::isfinite(result.loss.value), !in_loss);
    EXPECT_EQ(result.not_finite, in_loss ? "the loss" : "the gradient of decoder.cls_head.bias");
    for (const auto& [name, tensor] : stepper.state()) EXPECT_TRUE(at::equal(tensor, state.at(name))) << name;
    for (const auto& [name, tensor] : stepper.weights())
      EXPECT_EQ(std::memcmp(tensor.data_ptr(), weights.at(name).data_ptr(), tensor.nbytes()), 0) << name;
  }
}

TEST(TrainStep, ForgetsTheGradientsOfASkippedStep) {
  const StepFixture fixture, fresh;
  TrainStep stepper = fixture.stepper(), other = fresh.stepper();
  const auto batches = fixture.batches(1, 4);
  Tensor bias = fixture.network->decoder->head->bias;
  const auto hook = bias.register_hook([](const Tensor& gradient) { return gradient * INFINITY; });
  EXPECT_FALSE(stepper.run(batches, 0).not_finite.empty());
  bias.remove_hook(hook);
  const StepResult got = stepper.run(batches, 0), want = other.run(batches, 0);
  EXPECT_TRUE(got.not_finite.empty()) << got.not_finite;
  EXPECT_EQ(got.gradient_norm, want.gradient_norm);
  EXPECT_EQ(largest_difference(stepper.weights(), other.weights()), 0);
}

TEST(TrainStep, NamesOutliers) {
  const StepFixture fixture({"optimizer.outlier=3", "optimizer.clip_norm=0"});
  TrainStep stepper = fixture.stepper();
  const auto batches = fixture.batches(3, 4);
  EXPECT_TRUE(stepper.run(std::span(batches).first(1), 0).outliers.empty());
  {
    const at::NoGradGuard no_grad;
    fixture.network->decoder->head->kernel.mul_(50);
  }
  const StepResult result = stepper.run(std::span(batches).subspan(1, 1), 1);
  ASSERT_FALSE(result.outliers.empty());
  EXPECT_NE(result.outliers[0].find(" x"), std::string::npos);
}

// The first step of AdamW is as large as the learning rate, whatever the gradient.
TEST(TrainStep, LearningRateDecaysFromBlockToBlock) {
  const StepFixture fixture({"model.depth=2", "optimizer.layer_decay=0.5", "optimizer.learning_rate=1e-3",
                             "optimizer.warmup=0", "optimizer.weight_decay=0"});
  const auto before = copy_of(fixture.stepper().weights());
  TrainStep stepper = fixture.stepper();
  stepper.run(fixture.batches(1, 4), 0);
  const std::map<std::string, double> rates = {
      {"decoder.cls_head.kernel", 1e-3},
      {"encoder.encoder_norm.scale", 1e-3},
      {"encoder.encoderblock_1.MlpBlock_0.Dense_0.kernel", 5e-4},
      {"encoder.residualblock_01.recurrent_block.linear_out.kernel", 5e-4},
      {"encoder.encoderblock_0.MlpBlock_0.Dense_0.kernel", 2.5e-4},
      {"encoder.residualblock_00.recurrent_block.linear_out.kernel", 2.5e-4},
      {"tokenizer.embedding.kernel", 1.25e-4},
      {"tokenizer.pos_embedding", 1.25e-4},
  };
  const auto after = stepper.weights();
  for (const auto& [name, rate] : rates) {
    const double moved = (after.at(name) - before.at(name)).abs().max().item<double>();
    EXPECT_NEAR(moved / rate, 1, 0.02) << name;  // float32 weights near 1 are 1e-7 apart
  }
}

// Such a warm-up is shortened so that the last step has the highest rate.
TEST(TrainStep, ShortensAWarmUpLongerThanTheRun) {
  const StepFixture fixture({"optimizer.warmup=100", "optimizer.learning_rate=0.01"});  // 8 steps
  TrainStep stepper = fixture.stepper();
  const auto batches = fixture.batches(1, 2);
  EXPECT_DOUBLE_EQ(stepper.run(batches, 0).learning_rate, 0.01 / 7);
  EXPECT_DOUBLE_EQ(stepper.run(batches, 6).learning_rate, 0.01);
  EXPECT_DOUBLE_EQ(stepper.run(batches, 7).learning_rate, 0.01);
}

// After the first step, the mean has a decay of 1 / 10.
TEST(TrainStep, UpdatesTheMeanAfterTheStep) {
  const StepFixture fixture({"optimizer.mean_decay=0.9", "optimizer.learning_rate=0.01", "optimizer.warmup=0"});
  TrainStep stepper = fixture.stepper();
  const auto before = copy_of(stepper.weights());
  stepper.run(fixture.batches(1, 4), 0);
  const auto after = stepper.weights(), mean = stepper.weights_to_keep();
  EXPECT_GT(largest_difference(before, after), 1e-3);
  for (const auto& [name, tensor] : mean) {
    const Tensor want = 0.1 * before.at(name) + 0.9 * after.at(name);
    EXPECT_LT((tensor - want).abs().max().item<double>(), 1e-6) << name;
  }
}

// With each kind of target, each option changes the weights, and no two options in the same way.
TEST(TrainStep, EveryOptionDoesSomething) {
  const std::string smoothing = "objective.label_smoothing=0.2", mixup = "objective.mixup=0.5",
                    dropout = "objective.dropout=0.5", motion = "objective.motion_weight=1", chunk = "run.chunk=2";
  struct Case {
    std::vector<std::string> base, changes;
  };
  const std::vector<Case> cases = {
      {{},
       {"optimizer.learning_rate=2e-3", "optimizer.floor=5e-4", "optimizer.warmup=0", "optimizer.weight_decay=1",
        "optimizer.beta1=0.5", "optimizer.beta2=0.9", "optimizer.epsilon=1e-3", "optimizer.clip_norm=1e-4",
        "optimizer.layer_decay=0.5", "run.precision=bf16", "seed=4", smoothing, mixup, dropout, motion, chunk}},
      {{"objective.target=frame"}, {smoothing, mixup, dropout, motion, chunk}},
      {{"objective.multi_label=true"}, {mixup, dropout, motion, chunk}}};
  for (const auto& [base, changes] : cases) {
    SCOPED_TRACE(base.empty() ? "usual" : base.front());
    const auto usual = weights_after(base, 4, 1, 4);
    std::vector<std::map<std::string, Tensor>> seen{usual};
    for (const auto& change : changes) {
      std::vector<std::string> both = base;
      both.push_back(change);
      const auto weights = weights_after(both, 4, 1, 4);
      for (const auto& other : seen) EXPECT_GT(largest_difference(other, weights), 0) << change;
      seen.push_back(weights);
    }
    EXPECT_EQ(largest_difference(weights_after(base, 4, 1, 4), usual), 0);
  }
}

TEST(TrainStep, TheLastRateIsTheFloor) {
  const StepFixture fixture({"optimizer.floor=1e-4"});
  TrainStep stepper = fixture.stepper();
  EXPECT_DOUBLE_EQ(stepper.run(fixture.batches(1, 2), 7).learning_rate, 1e-4);
}

// Dropout and mixing draw other values in each step.
TEST(TrainStep, EveryStepDrawsAnew) {
  for (const char* change : {"objective.dropout=0.5", "objective.mixup=0.5"}) {
    const StepFixture fixture({change, "optimizer.learning_rate=0"});
    TrainStep stepper = fixture.stepper();
    const auto batches = fixture.batches(1, 4);
    const double first = stepper.run(batches, 0).loss.value;
    EXPECT_EQ(stepper.run(batches, 0).loss.value, first) << change;
    EXPECT_NE(stepper.run(batches, 1).loss.value, first) << change;
  }
}

// Each clip of a batch, each batch of a step and each step has its own mask.
TEST(TrainStep, NoTwoMasksAreTheSame) {
  const StepFixture fixture({"task=reconstruct", "model.image_size=32", "mask.ratio=0.75", "reconstruction.width=16",
                             "reconstruction.depth=1", "reconstruction.heads=2", "optimizer.learning_rate=0",
                             "reconstruction.target=raw"});
  TrainStep stepper(fixture.config, fixture.network, 8,
                    std::make_shared<train::MaskedReconstruction>(fixture.config, fixture.network, *fixture.set));
  const Batch one = fixture.batches(1, 1)[0];
  Batch twice = one;  // the same clip twice
  twice.clips = 2;
  twice.index.push_back(one.index[0]);
  twice.pixels.insert(twice.pixels.end(), one.pixels.begin(), one.pixels.end());
  const auto loss_of = [&](const std::vector<Batch>& batches, int64_t step) {
    return stepper.run(batches, step).loss.value;
  };
  const double loss = loss_of({one}, 0);
  EXPECT_EQ(loss_of({one}, 0), loss);
  EXPECT_GT(std::abs(loss_of({one}, 1) - loss), 1e-4);
  EXPECT_GT(std::abs(loss_of({one, one}, 0) - loss), 1e-4);
  EXPECT_GT(std::abs(loss_of({twice}, 0) - loss), 1e-4);
}

TEST(TrainStep, SwapsTheWeightsWithTheirMeanAndBack) {
  const StepFixture fixture({"optimizer.mean_decay=0.5"});
  TrainStep stepper = fixture.stepper();
  const auto batches = fixture.batches(3, 4);
  for (int64_t step = 0; step < 3; ++step) stepper.run(std::span(batches).subspan(static_cast<size_t>(step), 1), step);
  const auto weights = copy_of(stepper.weights()), mean = copy_of(stepper.weights_to_keep());
  EXPECT_GT(largest_difference(weights, mean), 0);
  stepper.swap_mean();
  EXPECT_EQ(largest_difference(stepper.weights(), mean), 0);
  stepper.swap_mean();
  EXPECT_EQ(largest_difference(stepper.weights(), weights), 0);
}

TEST(TrainStep, LearnsNothingWithoutClips) {
  const StepFixture fixture;
  TrainStep stepper = fixture.stepper();
  const auto before = copy_of(stepper.state());
  const std::vector<Batch> empty(2);
  const StepResult result = stepper.run(empty, 0);
  EXPECT_TRUE(std::isnan(result.loss.value));
  EXPECT_TRUE(result.not_finite.empty());
  for (const auto& [name, tensor] : stepper.state()) EXPECT_TRUE(at::equal(tensor, before.at(name))) << name;
}

TEST(TrainStep, AppliesClassWeights) {
  const StepFixture plain, weighted;
  const auto batches = plain.batches(1, 4);
  TrainStep a = plain.stepper(), b = weighted.stepper(at::full({4}, 3.0F));
  EXPECT_NEAR(b.run(batches, 0).loss.value, 3 * a.run(batches, 0).loss.value, 1e-5);
}

}  // namespace
}  // namespace trecvit::test
