#include "trecvit/data/metrics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "support/errors.h"

namespace trecvit {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

// Three classes. The last one does not occur, but is predicted once:
//   truth \ predicted   0  1  2
//                   0   3  1  0
//                   1   2  1  1
Confusion example() {
  Confusion confusion(3);
  for (const auto& [truth, prediction, times] : {std::array{0, 0, 3}, {0, 1, 1}, {1, 0, 2}, {1, 1, 1}, {1, 2, 1}}) {
    for (int i = 0; i < times; ++i) confusion.add(truth, prediction);
  }
  return confusion;
}

TEST(Confusion, CountsByHand) {
  const Confusion confusion = example();
  EXPECT_EQ(confusion.total(), 8);
  EXPECT_EQ(confusion.matrix(), (std::vector<int64_t>{3, 1, 0, 2, 1, 1, 0, 0, 0}));
  EXPECT_DOUBLE_EQ(confusion.accuracy(), 4.0 / 8);
  EXPECT_DOUBLE_EQ(confusion.balanced_accuracy(), (3.0 / 4 + 1.0 / 4) / 2);
  EXPECT_DOUBLE_EQ(confusion.macro_f1(), (6.0 / 9 + 2.0 / 6) / 2);
  const auto classes = confusion.per_class();
  EXPECT_DOUBLE_EQ(classes[0].precision(), 3.0 / 5);
  EXPECT_DOUBLE_EQ(classes[0].recall(), 3.0 / 4);
  EXPECT_DOUBLE_EQ(classes[0].f1(), 2 * 0.6 * 0.75 / (0.6 + 0.75));
  EXPECT_DOUBLE_EQ(classes[1].precision(), 1.0 / 2);
  EXPECT_DOUBLE_EQ(classes[2].precision(), 0);
  EXPECT_TRUE(std::isnan(classes[2].recall()));
  EXPECT_DOUBLE_EQ(classes[2].f1(), 0);
}

TEST(Confusion, WithoutSamplesIsNan) {
  const Confusion confusion(2);
  EXPECT_TRUE(std::isnan(confusion.accuracy()));
  EXPECT_TRUE(std::isnan(confusion.balanced_accuracy()));
  EXPECT_TRUE(std::isnan(confusion.per_class()[0].f1()));
}

TEST(Confusion, RefusesInvalidClasses) {
  for (const int64_t classes : {int64_t{0}, int64_t{-1}, Confusion::kMaxClasses + 1}) {
    test::expect_error(ErrorKind::kUsage, {"classes"}, [classes] { Confusion{classes}; });
  }
  Confusion confusion(2);
  EXPECT_THROW(confusion.add(2, 0), std::logic_error);
  EXPECT_THROW(confusion.add(0, -1), std::logic_error);
}

TEST(Rank, EqualScoresInOrderOfIndexAndNanLast) {
  const float scores[] = {1, 3, kNan, 3, -kInfinity, kNan};
  const int64_t ranks[] = {2, 0, 4, 1, 3, 5};
  for (int64_t c = 0; c < 6; ++c) EXPECT_EQ(rank_of(scores, c), ranks[c]) << c;
  EXPECT_EQ(best_of(scores), 1);
  const float nothing[] = {kNan, kNan};
  EXPECT_EQ(best_of(nothing), 0);
}

TEST(NegativeLogLikelihood, ByHand) {
  const float scores[] = {0, std::log(3.0f)};
  EXPECT_NEAR(negative_log_likelihood(scores, 0), std::log(4.0), 1e-6);  // the input has seven significant digits
  EXPECT_NEAR(negative_log_likelihood(scores, 1), std::log(4.0 / 3), 1e-6);
  const float large[] = {1000, 0, 1000};
  EXPECT_NEAR(negative_log_likelihood(large, 0), std::log(2.0), 1e-12);
  EXPECT_DOUBLE_EQ(negative_log_likelihood(large, 1), 1000 + std::log(2.0));
  const float broken[] = {0, kNan};
  EXPECT_TRUE(std::isnan(negative_log_likelihood(broken, 0)));
}

TEST(AveragePrecision, ByHand) {
  const float scores[] = {0.9f, 0.8f, 0.7f, 0.6f, 0.5f};
  const uint8_t labels[] = {1, 0, 1, 0, 1};
  EXPECT_DOUBLE_EQ(average_precision(scores, labels), (1.0 + 2.0 / 3 + 3.0 / 5) / 3);
  const uint8_t none[] = {0, 0, 0, 0, 0};
  EXPECT_TRUE(std::isnan(average_precision(scores, none)));
}

TEST(AveragePrecision, EqualScoresCountTogether) {
  const uint8_t labels[] = {1, 0, 0, 1}, reversed[] = {1, 0, 0, 1};
  const float scores[] = {0.5f, 0.5f, 0.5f, 0.9f}, scores_reversed[] = {0.9f, 0.5f, 0.5f, 0.5f};
  EXPECT_DOUBLE_EQ(average_precision(scores, labels), (1.0 + 2.0 / 4) / 2);
  EXPECT_DOUBLE_EQ(average_precision(scores_reversed, reversed), (1.0 + 2.0 / 4) / 2);
  const float with_nan[] = {kNan, 0, kNan, 1};  // NaN ranks lowest, and equal to other NaN
  EXPECT_DOUBLE_EQ(average_precision(with_nan, labels), (1.0 + 2.0 / 4) / 2);
}

TEST(ClassificationCounter, GathersAllMetrics) {
  ClassificationCounter counter({"a", "b", "c", "d", "e", "f"});
  const float by_index[] = {6, 5, 4, 3, 2, 1};
  counter.add(by_index, 0);
  counter.add(by_index, 4);
  counter.add(by_index, 5);
  const ClassificationMetrics metrics = counter.metrics();
  EXPECT_EQ(metrics.count, 3);
  EXPECT_DOUBLE_EQ(metrics.accuracy, 1.0 / 3);
  EXPECT_DOUBLE_EQ(metrics.top5_accuracy, 2.0 / 3);
  EXPECT_DOUBLE_EQ(metrics.balanced_accuracy, 1.0 / 3);
  double sum = 0;
  for (int i = 1; i <= 6; ++i) sum += std::exp(i);
  EXPECT_NEAR(metrics.likelihood_loss, std::log(sum) - (6 + 2 + 1) / 3.0, 1e-12);

  const Json json = metrics.to_json();
  EXPECT_EQ(json["schema"], "trecvit.metrics/1");
  EXPECT_EQ(json["classes"][0],
            (Json{{"name", "a"}, {"count", 1}, {"precision", 1.0 / 3}, {"recall", 1.0}, {"f1", 0.5}}));
  EXPECT_EQ(json["classes"][1].dump(), R"({"name":"b","count":0,"precision":null,"recall":null,"f1":null})");
  EXPECT_EQ(json["confusion"][4], (Json{1, 0, 0, 0, 0, 0}));
  EXPECT_FALSE(json.contains("mean_average_precision"));
}

TEST(MultiLabelCounter, MeansOverLabelsThatOccur) {
  MultiLabelCounter counter({"a", "b", "c"});
  const std::vector<std::array<float, 3>> scores = {{3, 1, 0}, {2, 2, 0}, {1, 3, 0}};
  const std::vector<std::array<float, 3>> targets = {{1, 1, 0}, {0, 0, 0}, {1, 0, 0}};
  for (size_t i = 0; i < 3; ++i) counter.add(scores[i], targets[i]);
  const ClassificationMetrics metrics = counter.metrics();
  EXPECT_DOUBLE_EQ(*metrics.classes[0].average_precision, (1.0 + 2.0 / 3) / 2);
  EXPECT_DOUBLE_EQ(*metrics.classes[1].average_precision, 1.0 / 3);
  EXPECT_TRUE(std::isnan(*metrics.classes[2].average_precision));
  EXPECT_DOUBLE_EQ(*metrics.mean_average_precision, (5.0 / 6 + 1.0 / 3) / 2);
  const Json json = metrics.to_json();
  EXPECT_EQ(json["classes"][2].dump(), R"({"name":"c","count":0,"average_precision":null})");
  EXPECT_FALSE(json.contains("accuracy") || json.contains("confusion"));
  test::expect_error(ErrorKind::kUsage, {"none"}, [] { MultiLabelCounter({}); });
}

}  // namespace
}  // namespace trecvit
