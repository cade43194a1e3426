#include "trecvit/pipeline/prediction.h"

#include <gtest/gtest.h>

#include <cmath>

#include "trecvit/engine/engine.h"

namespace trecvit::test {
namespace {

using Order = std::vector<int64_t>;

Order order_of(const std::vector<float>& probs, int64_t k) {
  Order order;
  for (const auto& prediction : top_classes(probs, {}, k)) order.push_back(prediction.index);
  return order;
}

TEST(TopClasses, BestComesFirst) {
  const std::vector<float> probs{0.1f, 0.4f, 0.05f, 0.3f, 0.15f};
  EXPECT_EQ(order_of(probs, 1), (Order{1}));
  EXPECT_EQ(order_of(probs, 3), (Order{1, 3, 4}));
  EXPECT_EQ(order_of(probs, 5), (Order{1, 3, 4, 0, 2}));
  for (const auto& prediction : top_classes(probs, {}, 5)) {
    EXPECT_EQ(prediction.prob, probs[static_cast<size_t>(prediction.index)]);
  }
}

// Also if only some of the equal classes are among the results.
TEST(TopClasses, EqualProbabilitiesAreInOrderOfIndex) {
  const std::vector<float> probs{0.2f, 0.3f, 0.2f, 0.3f, 0.0f, 0.2f};
  EXPECT_EQ(order_of(probs, 6), (Order{1, 3, 0, 2, 5, 4}));
  EXPECT_EQ(order_of(probs, 4), (Order{1, 3, 0, 2}));
  EXPECT_EQ(order_of(probs, 3), (Order{1, 3, 0}));
  EXPECT_EQ(order_of(probs, 1), (Order{1}));
  EXPECT_EQ(order_of(std::vector<float>(40, 0.025f), 3), (Order{0, 1, 2}));
}

TEST(TopClasses, GivesAtMostAllClasses) {
  const std::vector<float> probs{0.1f, 0.7f, 0.2f};
  EXPECT_EQ(order_of(probs, 4), (Order{1, 2, 0}));
  EXPECT_EQ(order_of(probs, 1'000'000'000'000), (Order{1, 2, 0}));
  EXPECT_EQ(order_of(probs, 0), Order());
}

TEST(TopClasses, NanComesLast) {
  const std::vector<float> probs{NAN, 0.1f, NAN, 0.9f, 0.0f, -INFINITY};
  EXPECT_EQ(order_of(probs, 6), (Order{3, 1, 4, 5, 0, 2}));
  EXPECT_EQ(order_of(probs, 3), (Order{3, 1, 4}));
  EXPECT_EQ(order_of(std::vector<float>(3, NAN), 2), (Order{0, 1}));
}

TEST(TopClasses, LabelIsTheNameFromTheModelOrTheIndex) {
  ModelConfig config;
  config.id2label = {{0, "petting cat"}, {2, "zumba"}};
  const std::vector<float> probs{0.2f, 0.3f, 0.5f};
  const auto top = top_classes(probs, config, 3);
  ASSERT_EQ(top.size(), 3u);
  EXPECT_EQ(top[0].label, "zumba");
  EXPECT_EQ(top[1].label, "1");
  EXPECT_EQ(top[2].label, "petting cat");
}

TEST(TopClassesOfLogits, GivesTheSoftmaxOfTheLogits) {
  const std::vector<float> logits{1.0f, -2.0f, 1000.0f, 999.0f};
  std::vector<float> probs(logits.size());
  softmax(logits, probs);
  const auto top = top_classes_of_logits(logits, {}, 2);
  ASSERT_EQ(top.size(), 2u);
  EXPECT_EQ(top[0].index, 2);
  EXPECT_EQ(top[0].prob, probs[2]);
  EXPECT_EQ(top[1].index, 3);
  EXPECT_EQ(top[1].prob, probs[3]);
  EXPECT_NEAR(top[0].prob, 1 / (1 + std::exp(-1.0)), 1e-6);  // float32 has seven significant digits
}

}  // namespace
}  // namespace trecvit::test
