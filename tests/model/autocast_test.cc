// Values that stay float32 if matrix products are narrower.
#include "trecvit/model/autocast.h"

#include <gtest/gtest.h>

#include "model/model_test.h"

namespace trecvit::test {
namespace {

using model::Autocast;

const model::AutocastState kHalf = {at::kCPU, true, at::kBFloat16};

ModelConfig small_model() {
  ModelConfig c;
  c.width = c.lru_width = 16;
  c.depth = 2;
  c.mlp_dim = 32;
  c.num_heads = 2;
  c.patch_size = 8;
  c.image_height = c.image_width = 16;
  c.num_classes = 3;
  c.head_dim = 8;
  return c;
}

// Every block adds to the tokens; with eight bits, the contributions of later blocks would be lost.
TEST(Autocast, TokensAreSummedInFloat) {
  const at::NoGradGuard no_grad;
  const auto network = make_model(small_model(), 3);
  at::manual_seed(1);
  const Tensor clip = at::rand({1, 3, 16, 16, 3});
  const Autocast half(kHalf);
  EXPECT_EQ(network->tokenizer->forward(clip).scalar_type(), at::kFloat);
  const Tensor products = network->tokenizer->embedding->forward(model::patches_of_clips(clip, network->config()));
  EXPECT_EQ(products.scalar_type(), at::kBFloat16);  // otherwise the test proves nothing
  const Tensor tokens = network->tokenizer->forward(clip);
  model::RecurrenceState state;
  EXPECT_EQ(network->encoder->temporal[0]->forward(tokens, state, model::Recurrence::kFused).scalar_type(), at::kFloat);
  EXPECT_EQ(network->encoder->spatial[0]->forward(tokens).scalar_type(), at::kFloat);
}

TEST(Autocast, TokensOfVisiblePatchesAreSummedInFloat) {
  const at::NoGradGuard no_grad;
  const auto network = make_model(small_model(), 3);
  at::manual_seed(1);
  const Tensor clip = at::rand({1, 3, 16, 16, 3});
  model::Visible visible;
  visible.index = at::tensor({int64_t{0}, int64_t{2}}, at::kLong).view({1, 1, 2});
  visible.frames = 3;
  const Autocast half(kHalf);
  EXPECT_EQ(network->tokenizer->forward(clip, visible).scalar_type(), at::kFloat);
  EXPECT_EQ(network->encode(clip, visible).scalar_type(), at::kFloat);
}

TEST(Autocast, GatesOfPlainAndFusedFormAgree) {
  const at::NoGradGuard no_grad;
  at::manual_seed(2);
  const Tensor c = at::randn({1, 5, 4, 16}), w = at::randn({2, 8, 8}), b = at::randn({2, 8});
  const Tensor exact = model::gate(c, w, b);
  const Autocast half(kHalf);
  EXPECT_TRUE(at::equal(model::gate(c, w, b), exact));
  EXPECT_TRUE(model::AutocastState::current(at::kCPU).enabled);  // as before the call
}

}  // namespace
}  // namespace trecvit::test
