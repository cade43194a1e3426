// Which tensors weight decay applies to: those of the network and of the modules that tasks train with it.
#include <set>

#include "train/train_step_test.h"
#include "trecvit/train/tasks/masked_reconstruction.h"
#include "trecvit/train/tasks/recall.h"

namespace trecvit::test {
namespace {

TEST(WeightDecay, AppliesToKernels) {
  // A step moves a weight by about the learning rate; decay moves a kernel further.
  const StepFixture fixture({"optimizer.weight_decay=1", "optimizer.learning_rate=1e-3", "optimizer.warmup=0"});
  const auto before = copy_of(fixture.stepper().weights());
  TrainStep stepper = fixture.stepper();
  stepper.run(fixture.batches(1, 4), 0);
  const Tensor scale = stepper.weights().at("encoder.encoder_norm.scale");
  EXPECT_LT((scale - before.at("encoder.encoder_norm.scale")).abs().max().item<double>(), 1.01e-3);
  const Tensor kernel = stepper.weights().at("encoder.encoderblock_0.MlpBlock_0.Dense_0.kernel");
  const Tensor old = before.at("encoder.encoderblock_0.MlpBlock_0.Dense_0.kernel");
  EXPECT_GT((kernel - old).abs().max().item<double>(), 1.01e-3);
}

// With and without decay, tokens and positions take the same step, but kernels do not.
TEST(WeightDecay, DoesNotApplyToTokensAndPositions) {
  const auto weights_after = [](const char* decay) {
    const StepFixture fixture({"task=reconstruct", "model.image_size=32", "mask.ratio=0.75", "reconstruction.width=16",
                               "reconstruction.depth=1", "reconstruction.heads=2", "optimizer.warmup=0", decay});
    TrainStep stepper(fixture.config, fixture.network, 8,
                      std::make_shared<train::MaskedReconstruction>(fixture.config, fixture.network, *fixture.set));
    stepper.run(fixture.batches(1, 4), 0);
    auto all = copy_of(stepper.weights());
    all.merge(copy_of(stepper.state()));
    return all;
  };
  const auto without = weights_after("optimizer.weight_decay=0"), with = weights_after("optimizer.weight_decay=10");
  for (const char* name : {"reconstruction.mask_token", "tokenizer.pos_embedding", "tokenizer.cls"})
    EXPECT_TRUE(at::equal(with.at(name), without.at(name))) << name;
  for (const char* name : {"reconstruction.pixels.kernel", "tokenizer.embedding.kernel"})
    EXPECT_FALSE(at::equal(with.at(name), without.at(name))) << name;
}

// A task that gives every parameter a zero gradient, so that a step consists of decay only.
template <class Real>
class WithoutGradient : public Real {
 public:
  using Real::Real;
  std::shared_ptr<model::TRecViT> network;
  void learn(const Batch&, double, const RandomStream&, train::Loss&) override {
    const auto clear = [](torch::nn::Module& module) {
      for (auto& parameter : module.parameters()) parameter.mutable_grad() = at::zeros_like(parameter);
    };
    clear(*network);
    for (const auto& [scope, learnt] : this->modules()) clear(*learnt.module);
  }
};

// The names of the tensors that are learnt, and of those that decay.
struct LearntNames {
  std::set<std::string> all, decaying;
};
template <class Real, class... More>
LearntNames names_of_learnt(const StepFixture& fixture, const More&... more) {
  auto task = std::make_shared<WithoutGradient<Real>>(fixture.config, fixture.network, more...);
  task->network = fixture.network;
  TrainStep step(fixture.config, fixture.network, 8, task);
  std::map<std::string, Tensor> learnt;
  for (auto& entry : fixture.network->named_parameters()) {
    if (entry.value().requires_grad()) learnt[entry.key()] = entry.value();
  }
  for (const auto& [scope, more_learnt] : task->modules()) {
    for (auto& entry : more_learnt.module->named_parameters()) learnt[scope + "." + entry.key()] = entry.value();
  }
  {
    const at::NoGradGuard no_grad;
    for (auto& [name, tensor] : learnt) tensor.fill_(1);
  }
  step.run(fixture.batches(1, 2), 0);
  LearntNames names;
  for (const auto& [name, tensor] : learnt) {
    names.all.insert(name);
    if (!at::equal(tensor, at::ones_like(tensor))) names.decaying.insert(name);
  }
  return names;
}

StepFixture fixture_with_decay(std::vector<std::string> changes) {
  changes.insert(changes.end(), {"optimizer.weight_decay=1", "optimizer.warmup=0"});
  return StepFixture(changes);
}

// Not to biases with two axes, scales, positions or tokens.
TEST(WeightDecay, AppliesToAllKernelsAndNothingElse) {
  const auto check = [](const LearntNames& names) {
    std::set<std::string> kernels;
    for (const auto& name : names.all) {
      if (name.ends_with(".kernel") || name.ends_with("gate.w") || name.ends_with("conv_1d.w")) kernels.insert(name);
    }
    EXPECT_GT(kernels.size(), 10U);
    EXPECT_LT(kernels.size(), names.all.size());
    EXPECT_EQ(names.decaying, kernels);
  };
  check(names_of_learnt<train::Classification>(fixture_with_decay({"objective.motion_weight=1"}), Tensor()));
  const StepFixture masked =
      fixture_with_decay({"task=reconstruct", "model.image_size=32", "mask.ratio=0.75", "reconstruction.width=16",
                          "reconstruction.depth=1", "reconstruction.heads=2"});
  check(names_of_learnt<train::MaskedReconstruction>(masked, *masked.set));
  const StepFixture recall = fixture_with_decay({"task=recall", "recall.back=2", "recall.network=pooled_vit"});
  check(names_of_learnt<train::Recall>(recall, *recall.set));
}

TEST(WeightDecay, AppliesToKernelsAndQueriesOfAProbe) {
  const auto decaying = [](ProbeKind kind) {
    StepFixture fixture = fixture_with_decay({});
    fixture.config.start.backbone = Backbone::kFrozen;
    fixture.config.start.probe = kind;
    return names_of_learnt<train::Classification>(fixture, Tensor()).decaying;
  };
  EXPECT_EQ(decaying(ProbeKind::kLinear), (std::set<std::string>{"probe.head.kernel"}));
  EXPECT_EQ(decaying(ProbeKind::kAttentive),
            (std::set<std::string>{"probe.head.kernel", "probe.key.kernel", "probe.out.kernel", "probe.query",
                                   "probe.value.kernel"}));
}

}  // namespace
}  // namespace trecvit::test
