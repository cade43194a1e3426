// Ten steps of AdamW on the batch of the published gradients: the loss before each step and after the last one, the
// norm of the gradients, and the final weights.
#include <gtest/gtest.h>

#include "model/model_test.h"
#include "support/near.h"
#include "trecvit/train/adamw.h"
#include "trecvit/train/tasks/objective.h"
#include "trecvit/weights/tensor_table.h"

namespace trecvit::test {
namespace {

constexpr double kDoubleTolerance = 1e-9;  // relative; rounding, amplified by ten steps
// The published float32 and float64 runs differ by up to 5e-5; ours may differ as much in the other direction.
constexpr double kFloatTolerance = 1e-4;

class OptimiserSteps : public testing::TestWithParam<std::tuple<std::string, bool>> {
 protected:
  OptimiserSteps()
      : golden_(golden_case(std::get<0>(GetParam()))),
        arrays_(golden_arrays(golden_.name + "_train.npz")),
        is_double_(std::get<1>(GetParam())) {
    model_->to(type());
  }

  at::ScalarType type() const { return is_double_ ? at::kDouble : at::kFloat; }
  double tolerance() const { return is_double_ ? kDoubleTolerance : kFloatTolerance; }

  Tensor loss() const {
    const Tensor logits = model_->forward(golden_clips(golden_).to(type())).logits.select(1, -1);
    const Tensor targets = train::one_hot(array(arrays_, "labels"), golden_.config.num_classes, type());
    return train::classification_loss(logits, targets,
                                      {.label_smoothing = 0.1, .multi_label = false, .class_weights = {}});
  }
  // Everything but the biases of the keys, whose gradient is rounding noise that AdamW turns into steps.
  static bool is_compared(const std::string& name) { return !name.ends_with("key.bias"); }

  double gradient_norm() const {
    double square = 0;
    for (const auto& entry : model_->named_parameters()) square += entry.value().grad().square().sum().item<double>();
    return std::sqrt(square);
  }

  std::vector<double> run(double learning_rate, std::vector<double>* norms) {
    std::vector<train::OptimisedParameter> parameters;
    for (const auto& entry : model_->named_parameters()) parameters.push_back({entry.key(), entry.value(), true});
    train::AdamW optimiser(parameters, {});
    std::vector<double> losses;
    for (int step = 0; step < 10; ++step) {
      optimiser.clear_gradients();
      const Tensor value = loss();
      losses.push_back(value.item<double>());
      value.backward();
      if (norms) norms->push_back(gradient_norm());
      optimiser.step(learning_rate);
    }
    losses.push_back(loss().item<double>());
    return losses;
  }

  void expect_close(const std::string& what, const std::vector<double>& got, const std::vector<double>& want) const {
    ASSERT_EQ(got.size(), want.size());
    for (size_t i = 0; i < want.size(); ++i)
      EXPECT_NEAR(got[i], want[i], tolerance() * std::max(1.0, std::abs(want[i]))) << what << " " << i;
  }

  GoldenCase golden_;
  NpzReader arrays_;
  bool is_double_;
  std::shared_ptr<model::TRecViT> model_ = make_model(golden_.config, golden_.seed);
};

TEST_P(OptimiserSteps, LossesNormsAndWeights) {
  std::vector<double> norms;
  expect_close("loss", run(1e-3, &norms), values(array(arrays_, "adamw/losses_f64")));
  expect_close("norm", norms, values(array(arrays_, "adamw/grad_norm_f64")));
  for (const auto& entry : model_->named_parameters()) {
    if (!is_compared(entry.key())) continue;
    // mean and norm in float64, in float32, and the largest difference of an element between the two runs
    const auto want = values(array(arrays_, "adamw/final/" + published_name(entry.key())));
    const double mean = entry.value().mean().item<double>(), norm = entry.value().norm().item<double>();
    const double allowed = is_double_ ? kDoubleTolerance : std::max(2 * want[4], 1e-6);
    EXPECT_NEAR(mean, want[0], allowed) << entry.key();
    EXPECT_NEAR(norm / want[1], 1, is_double_ ? kDoubleTolerance : kFloatTolerance) << entry.key();
  }
}

TEST_P(OptimiserSteps, SmallLearningRate) {
  expect_close("loss", run(1e-4, nullptr), values(array(arrays_, "adamw_lr1e-4/losses_f64")));
}

INSTANTIATE_TEST_SUITE_P(Golden, OptimiserSteps, testing::Combine(testing::Values("mu_2d", "mu_1d"), testing::Bool()),
                         [](const auto& test) {
                           return std::get<0>(test.param) + (std::get<1>(test.param) ? "_float64" : "_float32");
                         });

}  // namespace
}  // namespace trecvit::test
