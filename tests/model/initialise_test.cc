#include "trecvit/model/initialise.h"

#include <gtest/gtest.h>

#include <cmath>

#include "model/model_test.h"
#include "support/errors.h"

namespace trecvit::test {
namespace {

using model::Initialiser;

std::map<std::string, Tensor> drawn(const ModelConfig& config, Initialiser initialiser, uint64_t seed) {
  model::TRecViT model(config);
  model::initialise(model, initialiser, seed);
  std::map<std::string, Tensor> all;
  for (const auto& entry : model.named_parameters()) all[entry.key()] = entry.value().detach();
  return all;
}

double std_of(const Tensor& tensor) { return tensor.to(at::kDouble).std(0, false).item<double>(); }

struct Expected {
  const char* name;
  double std;
};

// Five standard errors of a standard deviation, for normal and narrower distributions.
void expect_spread(const std::map<std::string, Tensor>& weights, const Expected& expected) {
  const Tensor flat = weights.at(expected.name).reshape({-1});
  const double allowed = 5 / std::sqrt(2.0 * static_cast<double>(flat.numel()));
  EXPECT_NEAR(std_of(flat) / expected.std, 1, allowed) << expected.name;
  EXPECT_NEAR(flat.to(at::kDouble).mean().item<double>() / expected.std, 0,
              5 / std::sqrt(static_cast<double>(flat.numel())))
      << expected.name;
}

TEST(Initialise, PublishedStandardDeviations) {
  const ModelConfig c = golden_case("mu_2d").config;  // D = 32, R = 64, F = 128, H = 2, K = 4, depth 2
  const auto w = drawn(c, Initialiser::kPublished, 1);
  const std::string time = "encoder.residualblock_01.recurrent_block.", space = "encoder.encoderblock_1.";
  const double d = static_cast<double>(c.width), r = static_cast<double>(c.lru_width),
               f = static_cast<double>(c.mlp_dim);
  expect_spread(w, {"tokenizer.embedding.kernel", std::sqrt(1 / static_cast<double>(c.patch_values()))});
  expect_spread(w, {"tokenizer.pos_embedding", 1 / std::sqrt(d)});
  expect_spread(w, {(time + "linear_x.kernel").c_str(), 1 / std::sqrt(d)});
  expect_spread(w, {(time + "linear_out.kernel").c_str(), std::sqrt(2.0 / 2 / r)});
  expect_spread(w, {(time + "conv_1d.w").c_str(), 0.05});
  expect_spread(w, {(time + "rg_lru.a_gate.w").c_str(), 1 / std::sqrt(r)});
  expect_spread(w,
                {(space + "MultiHeadDotProductAttention_0.query.kernel").c_str(), std::sqrt(3 / d) / std::sqrt(3.0)});
  expect_spread(w, {(space + "MlpBlock_0.Dense_0.kernel").c_str(), std::sqrt(6 / (d + f)) / std::sqrt(3.0)});
  expect_spread(w, {"decoder.cls_head.kernel", std::sqrt(1 / static_cast<double>(c.head_dim))});
  for (const char* zero : {"tokenizer.cls", "tokenizer.embedding.bias", "decoder.cls_head.bias"}) {
    EXPECT_EQ(w.at(zero).abs().max().item<double>(), 0) << zero;
  }
  EXPECT_EQ(w.at("encoder.encoder_norm.scale").min().item<double>(), 1);
  EXPECT_EQ(w.at("encoder.residualblock_00.temporal_pre_norm.scale").abs().max().item<double>(), 0);
  const Tensor a = at::exp(-at::softplus(w.at(time + "rg_lru.a_param")));
  EXPECT_GE(a.min().item<double>(), 0.4999);
  EXPECT_LE(a.max().item<double>(), 0.9991);
}

TEST(Initialise, ScratchReadsCentredPixels) {
  const ModelConfig c = golden_case("mu_2d").config;
  const auto w = drawn(c, Initialiser::kScratch, 1);
  expect_spread(w, {"tokenizer.pos_embedding", 1});
  expect_spread(w, {"encoder.residualblock_00.recurrent_block.conv_1d.w", 0.5});
  expect_spread(w, {"encoder.residualblock_00.recurrent_block.linear_out.kernel",
                    1 / std::sqrt(static_cast<double>(c.lru_width))});
  // A grey picture gives zero; others give what (v - 0.5) * 4 gives with the unscaled kernel.
  const Tensor kernel = w.at("tokenizer.embedding.kernel").reshape({-1, c.width}).to(at::kDouble);
  const Tensor bias = w.at("tokenizer.embedding.bias").to(at::kDouble);
  at::manual_seed(2);
  const Tensor pixels = at::rand({5, kernel.size(0)}, at::kDouble);
  const Tensor got = at::matmul(pixels, kernel) + bias, want = at::matmul((pixels - 0.5) * 4, kernel / 4);
  EXPECT_LT((got - want).abs().max().item<double>(), 1e-4);  // float32 sums of 768 numbers in the bias
}

// Every random tensor has its own values, even if another one has the same shape.
TEST(Initialise, NoTwoTensorsAreTheSame) {
  for (const Initialiser how : {Initialiser::kScratch, Initialiser::kPublished}) {
    const auto all = drawn(golden_case("mu_2d").config, how, 7);
    for (const auto& [name, tensor] : all) {
      if (!name.ends_with("kernel") && !name.ends_with("a_param")) continue;
      for (const auto& [other, values] : all) {
        if (other > name && values.sizes() == tensor.sizes()) {
          EXPECT_FALSE(at::equal(values, tensor)) << name << " and " << other;
        }
      }
    }
  }
}

TEST(Initialise, WeightsDependOnTheSeedOnly) {
  const ModelConfig c = golden_case("mu_2d").config;
  const auto one = drawn(c, Initialiser::kScratch, 7), again = drawn(c, Initialiser::kScratch, 7);
  const auto other = drawn(c, Initialiser::kScratch, 8);
  for (const auto& [name, tensor] : one) EXPECT_TRUE(at::equal(tensor, again.at(name))) << name;
  EXPECT_FALSE(at::equal(one.at("decoder.cls_head.kernel"), other.at("decoder.cls_head.kernel")));
}

}  // namespace
}  // namespace trecvit::test
