#include "trecvit/train/tasks/probe.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>

#include "train/train_test.h"
#include "trecvit/weights/model_files.h"
#include "trecvit/weights/model_folder.h"
#include "trecvit/weights/starting_point.h"

namespace trecvit::test {
namespace {

using at::Tensor;
using train::Probe;
using train::ProbeState;

constexpr int64_t kBatch = 2, kFrames = 7;

ModelConfig tiny_model() {
  ModelConfig config = model_sizes(tiny_config().wanted_model());
  config.num_classes = 5;
  return config;
}

model::Output random_output(const ModelConfig& c) {
  at::manual_seed(2);
  model::Output out;
  out.tokens = at::randn({kBatch, kFrames, c.tokens(), c.width});
  out.features = at::randn({kBatch, kFrames, c.width});
  return out;
}

model::Output frames_of(const model::Output& all, int64_t begin, int64_t count) {
  model::Output out;
  out.tokens = all.tokens.narrow(1, begin, count);
  out.features = all.features.narrow(1, begin, count);
  return out;
}

class Probes : public testing::TestWithParam<ProbeKind> {
 protected:
  Probes() { at::set_num_threads(1); }
  const ModelConfig config_ = tiny_model();
  const Probe probe_{GetParam(), config_, 1};
};

INSTANTIATE_TEST_SUITE_P(Kinds, Probes, testing::Values(ProbeKind::kLinear, ProbeKind::kAttentive));

// Sums in float32 with another order of summation.
constexpr double kProbeSums = 2e-6;

// Otherwise it would stay next to a model that replaces its own.
TEST(ProbeFile, IsAmongTheCompanionsOfAModel) {
  EXPECT_EQ(std::count(kCompanions.begin(), kCompanions.end(), train::kProbeFile), 1);
}

TEST_P(Probes, PartsOfAClipEqualTheWholeClip) {
  const model::Output all = random_output(config_);
  ProbeState whole;
  const Tensor want = probe_.clip_logits(all, whole);
  EXPECT_EQ(want.sizes(), (at::IntArrayRef{kBatch, 5}));
  for (const auto& parts : {std::vector<int64_t>(7, 1), {3, 1, 3}, {6, 1}}) {
    ProbeState state;
    Tensor got;
    int64_t begin = 0;
    for (const int64_t count : parts) {
      got = probe_.clip_logits(frames_of(all, begin, count), state);
      begin += count;
    }
    EXPECT_LT((got - want).abs().max().item<double>(), kProbeSums);
    EXPECT_EQ(state.frames, kFrames);
    EXPECT_EQ(state.sum.sizes(), whole.sum.sizes());
  }
  ProbeState again;
  EXPECT_TRUE(at::equal(probe_.clip_logits(all, again), want));
}

TEST_P(Probes, ASingleFrameEqualsAClipOfOneFrame) {
  const model::Output all = random_output(config_);
  const Tensor each = probe_.frame_logits(all);
  ASSERT_EQ(each.sizes(), (at::IntArrayRef{kBatch, kFrames, 5}));
  for (int64_t t = 0; t < kFrames; ++t) {
    ProbeState state;
    const Tensor alone = probe_.clip_logits(frames_of(all, t, 1), state);
    EXPECT_LT((each.select(1, t) - alone).abs().max().item<double>(), kProbeSums) << t;
  }
}

TEST_P(Probes, LargeScoresStayFinite) {
  model::Output all = random_output(config_);
  all.tokens = 3e4 * all.tokens;
  ProbeState state;
  EXPECT_TRUE(at::isfinite(probe_.clip_logits(frames_of(all, 0, 3), state)).all().item<bool>());
  EXPECT_TRUE(at::isfinite(probe_.clip_logits(frames_of(all, 3, 4), state)).all().item<bool>());
}

TEST_P(Probes, LoadWhatWasSaved) {
  const TempDir dir;
  save_probe(dir.path(), probe_);
  Probe other(GetParam(), config_, 2);
  const model::Output all = random_output(config_);
  ProbeState a, b, c;
  const Tensor want = probe_.clip_logits(all, a);
  EXPECT_FALSE(at::equal(other.clip_logits(all, b), want));
  load_probe(dir.path(), other);
  EXPECT_TRUE(at::equal(other.clip_logits(all, c), want));
}

TEST_P(Probes, RefuseFilesOfAnotherKindOrModel) {
  const TempDir dir;
  save_probe(dir.path(), probe_);
  const bool linear = GetParam() == ProbeKind::kLinear;
  Probe other(linear ? ProbeKind::kAttentive : ProbeKind::kLinear, config_, 1);
  expect_error(ErrorKind::kInput, {"expected a probe of the kind", linear ? "got linear" : "got attentive"},
               [&] { load_probe(dir.path(), other); });
  ModelConfig wider = config_;
  wider.num_classes = 6;
  Probe six(GetParam(), wider, 1);
  expect_error(ErrorKind::kInput, {"head.kernel", ", 6]", ", 5]"}, [&] { load_probe(dir.path(), six); });
  expect_error(ErrorKind::kInput, {"probe.safetensors"}, [&] { load_probe(dir.file("nowhere"), six); });
}

// Compared with the plain form: one softmax over all tokens of all frames.
TEST(Probe, AttentiveProbeIsSoftmaxAttention) {
  at::set_num_threads(1);
  const ModelConfig c = tiny_model();
  Probe probe(ProbeKind::kAttentive, c, 1);
  const model::Output all = random_output(c);
  const auto p = [&probe](const char* name) { return probe.named_parameters()[name]; };
  const int64_t heads = c.num_heads, size = c.width / heads;
  const Tensor tokens = all.tokens.flatten(1, 2);  // [B, T N, D]
  const auto split = [&](const Tensor& x) { return x.view({kBatch, -1, heads, size}).transpose(1, 2); };
  const Tensor keys = split(at::linear(tokens, p("key.kernel").t(), p("key.bias")));
  const Tensor values = split(at::linear(tokens, p("value.kernel").t(), p("value.bias")));
  const Tensor query = p("query").view({1, heads, 1, size});
  const Tensor weights = (query.matmul(keys.transpose(2, 3)) / std::sqrt(static_cast<double>(size))).softmax(-1);
  const Tensor seen = weights.matmul(values).squeeze(2).flatten(1);
  const Tensor mixed = at::linear(seen, p("out.kernel").t(), p("out.bias"));
  const Tensor normed = at::layer_norm(mixed, {c.width}, p("norm.scale"), p("norm.bias"), 1e-6);
  const Tensor want = at::linear(normed, p("head.kernel").t(), p("head.bias"));
  ProbeState state;
  EXPECT_LT((probe.clip_logits(all, state) - want).abs().max().item<double>(), 5e-6);
}

// One matrix applied to the mean over frames of the class token, if there is one, and of the patch tokens.
TEST(Probe, LinearProbeReadsClassTokenAndMeanOfThePatches) {
  at::set_num_threads(1);
  for (const Pool pool : {Pool::kCls, Pool::kGap}) {
    ModelConfig c = tiny_model();
    c.pool = pool;
    Probe probe(ProbeKind::kLinear, c, 1);
    model::Output all = random_output(c);
    if (pool == Pool::kGap) all.features = all.tokens.mean(2);
    Tensor seen = all.tokens.narrow(2, c.has_cls() ? 1 : 0, c.patches()).flatten(1, 2).mean(1);
    if (c.has_cls()) seen = at::cat({all.tokens.select(2, 0).mean(1), seen}, -1);
    const Tensor want =
        at::linear(seen, probe.named_parameters()["head.kernel"].t(), probe.named_parameters()["head.bias"]);
    ProbeState state;
    EXPECT_LT((probe.clip_logits(all, state) - want).abs().max().item<double>(), kProbeSums);
  }
}

// The features of a clip determine its class, so a probe can learn it.
TEST_P(Probes, Learn) {
  const model::Output all = random_output(config_);
  const Tensor labels = at::tensor({1, 3}, at::kLong);
  std::vector<Tensor> parameters = probe_.parameters();
  double first = 0, last = 0;
  for (int step = 0; step < 60; ++step) {
    ProbeState state;
    const Tensor loss = at::cross_entropy_loss(probe_.clip_logits(all, state), labels);
    loss.backward();
    (step == 0 ? first : last) = loss.item<double>();
    const at::NoGradGuard no_grad;
    for (auto& parameter : parameters) {
      parameter.sub_(0.5 * parameter.grad());
      parameter.mutable_grad().zero_();
    }
  }
  EXPECT_LT(last, 0.1 * first);
}

TEST_P(Probes, AreTrainedSavedAndResumedByARun) {
  const TempDir dir;
  run_in(dir.file("first"), tiny_config());
  const std::string kind = GetParam() == ProbeKind::kLinear ? "linear" : "attentive";
  const std::vector<std::string> changes = {"start.from=" + dir.file("first/model"), "start.backbone=frozen",
                                            "start.probe=" + kind, "optimizer.learning_rate=0.01"};
  auto with_mean = changes;
  with_mean.emplace_back("optimizer.mean_decay=0.5");
  const TrainConfig config = tiny_config(with_mean);
  const auto whole = run_in(dir.file("whole"), config);
  run_in(dir.file("part"), config, 5);
  run_in(dir.file("part"), config, -1, /*resume=*/true);
  for (const char* file : {"/model/probe.safetensors", "/best/probe.safetensors", "/log.jsonl"})
    EXPECT_EQ(bytes_of(dir.file("part") + file), bytes_of(dir.file("whole") + file)) << file;
  EXPECT_EQ(whole.test->count, 8);
  run_in(dir.file("raw"), tiny_config(changes));  // the mean of the weights is kept
  EXPECT_NE(bytes_of(dir.file("whole/model/probe.safetensors")), bytes_of(dir.file("raw/model/probe.safetensors")));

  const ModelFiles before = open_model(dir.file("first/model")), after = open_model(dir.file("whole/model"));
  for (const auto& [name, info] : before.weights->tensors()) {
    const HostTensor a = before.weights->read(name), b = after.weights->read(name);
    if (name.starts_with("decoder.cls_head")) {
      for (const float value : b.as<float>()) EXPECT_EQ(value, 0) << name;
    } else {
      EXPECT_EQ(std::memcmp(a.data(), b.data(), a.bytes()), 0) << name;
    }
  }
}

// A probe can be trained with each option, and each option changes what it learns.
TEST_P(Probes, WorkWithTheOtherOptions) {
  const TempDir dir;
  run_in(dir.file("first"), tiny_config({"run.steps=1"}));
  const std::string kind = GetParam() == ProbeKind::kLinear ? "linear" : "attentive";
  std::set<std::string> probes;
  for (const char* change : {"run.log_every=1", "run.precision=bf16", "objective.target=frame", "run.chunk=3",
                             "objective.dropout=0.3", "objective.mixup=0.4", "objective.label_smoothing=0.2"}) {
    SCOPED_TRACE(change);
    const std::string run = dir.file(std::string("run-") + change);
    const auto outcome = run_in(run, tiny_config({"start.from=" + dir.file("first/model"), "start.backbone=frozen",
                                                  "start.probe=" + kind, "run.steps=2", change}));
    EXPECT_EQ(outcome.step, 2);
    EXPECT_TRUE(std::isfinite(outcome.test->columns.at("loss")));
    EXPECT_TRUE(probes.insert(bytes_of(run + "/model/probe.safetensors")).second);
  }
}

}  // namespace
}  // namespace trecvit::test
