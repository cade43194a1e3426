// Compares single layers and their gradients with the float64 arrays of tests/golden/layers.npz.
#include <gtest/gtest.h>

#include "model/model_test.h"
#include "support/near.h"
#include "trecvit/model/blocks.h"

namespace trecvit::test {
namespace {

constexpr double kDoubleLayers = 1e-11;  // relative; rounding
constexpr double kFloatLayers = 2e-5;    // relative, or the error of the published float32 run if that is larger

class GoldenLayer {
 public:
  GoldenLayer(std::string name, at::ScalarType type) : name_(std::move(name)), type_(type) {}

  bool has(const std::string& array_name) const { return file_.contains(name_ + "/" + array_name); }
  // A leaf whose gradient is compared with `gradient`.
  Tensor input(const std::string& array_name, const std::string& gradient) {
    if (!has(array_name)) return {};
    Tensor leaf = array(file_, name_ + "/" + array_name).to(type_).requires_grad_();
    leaves_.emplace_back(gradient, leaf);
    return leaf;
  }
  Tensor parameter(const std::string& key) { return input("param/" + key, "grad/" + key); }
  Tensor constant(const std::string& array_name) const { return array(file_, name_ + "/" + array_name); }
  // rows [rows, T, W] as [rows, T, 1, W]
  static Tensor one_token(const Tensor& rows) { return rows.unsqueeze(2); }

  void expect(const std::string& array_name, const Tensor& got) {
    const auto exact = values(array(file_, name_ + "/f64/" + array_name));
    const auto published = values(array(file_, name_ + "/" + array_name));
    const Difference theirs = difference(published, exact), ours = difference(values(got), exact);
    const double scale = std::max(ours.scale, 1e-30);
    const double allowed = type_ == at::kDouble ? kDoubleLayers * scale : std::max(kFloatLayers * scale, theirs.worst);
    EXPECT_LE(ours.worst, allowed) << name_ << "/" << array_name << ": published float32 is off by " << theirs.worst;
    worst_ = std::max(worst_, ours.worst / scale);
    ++compared_;
  }
  // Gradients of sum(y * gy).
  void expect_gradients(const Tensor& y, const std::vector<std::string>& without = {}) {
    (y * constant("gy").to(type_).view_as(y)).sum().backward();
    for (const auto& [gradient, leaf] : leaves_) {
      if (std::find(without.begin(), without.end(), gradient) != without.end()) continue;
      ASSERT_TRUE(leaf.grad().defined()) << gradient;
      expect(gradient, leaf.grad());
    }
    std::printf("%s %s: %d arrays, worst %.1e relative\n", name_.c_str(), type_ == at::kDouble ? "float64" : "float32",
                compared_, worst_);
  }

 private:
  std::string name_;
  at::ScalarType type_;
  NpzReader file_ = golden_arrays("layers.npz");
  std::vector<std::pair<std::string, Tensor>> leaves_;
  double worst_ = 0;
  int compared_ = 0;
};

class LayerGradients : public testing::TestWithParam<std::tuple<std::string, bool>> {
 protected:
  GoldenLayer layer_{std::get<0>(GetParam()), std::get<1>(GetParam()) ? at::kDouble : at::kFloat};
};

class RgLruGradients : public LayerGradients {};
TEST_P(RgLruGradients, EqualThePublished) {
  const Tensor x = layer_.input("x", "grad_x"), h0 = layer_.input("h0", "grad_h0");
  const Tensor starts = layer_.constant("pos") == 0, c = GoldenLayer::one_token(x);
  const Tensor input_gate = model::gate(c, layer_.parameter("input_gate/w"), layer_.parameter("input_gate/b"));
  const Tensor a_gate = model::gate(c, layer_.parameter("a_gate/w"), layer_.parameter("a_gate/b"));
  const Tensor h = model::rg_lru(c, input_gate, a_gate, layer_.parameter("a_param"),
                                 h0.defined() ? h0.unsqueeze(1) : h0, InputScale::kSqrt, starts);
  const Tensor y = h.squeeze(2);
  layer_.expect("y", y);
  layer_.expect("h_last", y.select(1, -1));
  layer_.expect_gradients(y);
}
INSTANTIATE_TEST_SUITE_P(Golden, RgLruGradients,
                         testing::Combine(testing::Values("rglru_reset", "rglru_extreme", "rglru_state", "rglru_one"),
                                          testing::Bool()));

class ConvGradients : public LayerGradients {};
TEST_P(ConvGradients, EqualThePublished) {
  const Tensor x = layer_.input("x", "grad_x"), w = layer_.input("w", "grad_w"), b = layer_.input("b", "grad_b");
  const Tensor history = layer_.has("cache") ? layer_.constant("cache").to(x.dtype()).unsqueeze(2) : Tensor();
  const Tensor y = model::causal_conv(GoldenLayer::one_token(x), w, b, history, layer_.constant("pos") == 0).squeeze(2);
  layer_.expect("y", y);
  layer_.expect_gradients(y);
}
INSTANTIATE_TEST_SUITE_P(Golden, ConvGradients,
                         testing::Combine(testing::Values("conv_clip", "conv_short", "conv_docs", "conv_cached"),
                                          testing::Bool()));

class NormGradients : public LayerGradients {};
TEST_P(NormGradients, EqualThePublished) {
  const Tensor x = layer_.input("x", "grad_x"), scale = layer_.input("scale", "grad_scale");
  Tensor y;
  if (layer_.has("bias")) {
    model::LayerNorm norm(x.size(-1));
    norm.scale = scale;
    norm.bias = layer_.input("bias", "grad_bias");
    y = norm.forward(x);
  } else {
    model::RmsNorm norm(x.size(-1));
    norm.scale = scale;
    y = norm.forward(x);
  }
  layer_.expect("y", y);
  layer_.expect_gradients(y);
}
INSTANTIATE_TEST_SUITE_P(Golden, NormGradients,
                         testing::Combine(testing::Values("rmsnorm", "layernorm", "layernorm_tiny", "layernorm_offset"),
                                          testing::Bool()));

class AttentionGradients : public LayerGradients {};
TEST_P(AttentionGradients, EqualThePublished) {
  const Tensor x = layer_.input("x", "grad_x");
  ModelConfig config;
  config.width = x.size(-1);
  config.num_heads = layer_.constant("param/query/bias").size(0);
  model::Attention attention(config);
  for (const auto& [name, dense] : {std::pair{"query", attention.query},
                                    {"key", attention.key},
                                    {"value", attention.value},
                                    {"out", attention.out}}) {
    dense->kernel = layer_.parameter(std::string(name) + "/kernel");
    dense->bias = layer_.parameter(std::string(name) + "/bias");
  }
  const Tensor y = attention.forward(x);
  layer_.expect("y", y);
  layer_.expect_gradients(y, {"grad/key/bias"});  // zero in theory
}
INSTANTIATE_TEST_SUITE_P(Golden, AttentionGradients, testing::Combine(testing::Values("mha"), testing::Bool()));

class GeluGradients : public LayerGradients {};
TEST_P(GeluGradients, EqualThePublished) {
  const Tensor x = layer_.input("x", "grad_x");
  const Tensor y = model::tanh_gelu(x);
  layer_.expect("y", y);
  y.sum().backward();
  layer_.expect("dydx", x.grad());
}
INSTANTIATE_TEST_SUITE_P(Golden, GeluGradients, testing::Combine(testing::Values("gelu"), testing::Bool()));

}  // namespace
}  // namespace trecvit::test
