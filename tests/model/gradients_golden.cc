// Losses and every gradient of the published implementation, in float32 and float64.
#include <gtest/gtest.h>

#include "model/model_test.h"
#include "support/near.h"
#include "trecvit/weights/tensor_table.h"

namespace trecvit::test {
namespace {

// Relative to the largest element of a tensor. float32: what the fixtures' README suggests. float64: rounding, in sums
// of up to a few thousand terms.
constexpr double kFloatGradients = 1e-5, kDoubleGradients = 1e-11;

class Gradients : public testing::TestWithParam<std::tuple<std::string, bool>> {
 protected:
  Gradients()
      : golden_(golden_case(std::get<0>(GetParam()))),
        arrays_(golden_arrays(golden_.name + "_train.npz")),
        type_(std::get<1>(GetParam()) ? at::kDouble : at::kFloat) {}

  // The mean cross-entropy of the batch, with targets 0.9 onehot + 0.1 / C.
  Tensor loss_of(const model::TRecViT& model) const {
    const Tensor logits = model.forward(golden_clips(golden_).to(type_)).logits.select(1, -1);
    return at::cross_entropy_loss(logits, array(arrays_, "labels"), {}, at::Reduction::Mean, -100, 0.1);
  }

  GoldenCase golden_;
  NpzReader arrays_;
  at::ScalarType type_;
};

TEST_P(Gradients, LossAndEveryGradient) {
  const bool is_double = type_ == at::kDouble;
  const double tolerance = is_double ? kDoubleGradients : kFloatGradients;
  const auto model = make_model(golden_.config, golden_.seed);
  model->to(type_);
  const Tensor loss = loss_of(*model);
  const double want_loss = values(array(arrays_, "loss"))[is_double ? 1 : 0];
  EXPECT_NEAR(loss.item<double>(), want_loss, tolerance * std::abs(want_loss));
  loss.backward();
  double worst = 0;
  int compared = 0;
  for (const auto& entry : model->named_parameters()) {
    if (entry.key().ends_with("key.bias")) continue;  // zero in theory: it does not change the softmax
    const std::string name = published_name(entry.key());
    const auto got = values(entry.value().grad());
    // Both are compared with float64, because the published float32 run has rounding errors too.
    const auto want = values(array(arrays_, "grad_f64/" + name));
    const Difference d = difference(got, want);
    EXPECT_LE(d.worst, tolerance * d.scale) << name << "[" << d.index << "]";
    worst = std::max(worst, d.worst / d.scale);
    ++compared;
  }
  EXPECT_EQ(compared,
            static_cast<int>(tensor_table(golden_.config).size() - static_cast<size_t>(golden_.config.depth)));
  std::printf("%s %s: %d gradients, worst %.1e of the largest element (tolerance %.0e)\n", golden_.name.c_str(),
              is_double ? "float64" : "float32", compared, worst, tolerance);
}

INSTANTIATE_TEST_SUITE_P(Golden, Gradients, testing::Combine(testing::Values("mu_2d", "mu_1d"), testing::Bool()),
                         [](const auto& test) {
                           return std::get<0>(test.param) + (std::get<1>(test.param) ? "_float64" : "_float32");
                         });

}  // namespace
}  // namespace trecvit::test
