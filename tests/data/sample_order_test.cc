#include "trecvit/data/sample_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "data/fake_dataset.h"
#include "data/sample_order_test.h"

namespace trecvit {
namespace {

using test::FakeDataset;
using test::indices_of;

std::vector<int64_t> sorted(std::vector<int64_t> items) {
  std::sort(items.begin(), items.end());
  return items;
}

// Classes 0, 2 and 5 with 1, 3 and 8 samples, shuffled.
struct Uneven : FakeDataset {
  Uneven() : FakeDataset(12, 6) {
    label = [](int64_t index) { return index == 4 ? 0 : index % 4 == 1 ? 2 : 5; };
  }
};

TEST(SampleOrder, ShuffledTakesEverySampleOncePerEpoch) {
  const FakeDataset dataset(17);
  SampleOrder order(dataset, Order::kShuffled, 5);
  std::vector<int64_t> all(17);
  std::iota(all.begin(), all.end(), 0);
  std::set<std::vector<int64_t>> different{all};
  for (int64_t epoch = 0; epoch < 6; ++epoch) {
    const auto items = indices_of(order, epoch * 17, 17);
    EXPECT_EQ(sorted(items), all);
    EXPECT_TRUE(different.insert(items).second) << epoch;
    for (const int64_t place : {0, 16}) {
      const Choice choice = order.at(epoch * 17 + place);
      EXPECT_EQ(choice.draw.epoch, epoch);
      EXPECT_EQ(choice.draw.view, 0);
      EXPECT_EQ(choice.draw.seed, 5u);
    }
  }
  SampleOrder other(dataset, Order::kShuffled, 6);
  EXPECT_NE(indices_of(order, 0, 17), indices_of(other, 0, 17));
  EXPECT_EQ(order.length(), 17);
}

TEST(SampleOrder, ShufflingReachesEveryOrder) {
  const FakeDataset dataset(3);
  SampleOrder order(dataset, Order::kShuffled, 1);
  std::map<std::vector<int64_t>, int> seen;
  for (int64_t epoch = 0; epoch < 600; ++epoch) ++seen[indices_of(order, epoch * 3, 3)];
  ASSERT_EQ(seen.size(), 6u);
  // 100 are expected for each order, plus or minus five standard deviations of 9.
  for (const auto& [items, times] : seen) EXPECT_NEAR(times, 100, 45);
}

TEST(SampleOrder, AnyPositionByItself) {
  Uneven dataset;
  dataset.views_in_testing = 3;
  for (const Order kind : {Order::kShuffled, Order::kBalanced, Order::kInTurn}) {
    SampleOrder order(dataset, kind, 3), jumping(dataset, kind, 3);
    const auto inturn = indices_of(order, 0, 36);
    for (const int64_t position : {35, 0, 13, 12, 11, 30, 1, 1}) {
      const Choice choice = jumping.at(position), expected = order.at(position);
      EXPECT_EQ(choice.index, inturn[static_cast<size_t>(position)]);
      EXPECT_EQ(choice.index, expected.index);
      EXPECT_EQ(choice.draw.epoch, expected.draw.epoch);
      EXPECT_EQ(choice.draw.view, expected.draw.view);
    }
  }
}

TEST(SampleOrder, BalancedTakesEachClassOncePerRound) {
  const Uneven dataset;
  SampleOrder order(dataset, Order::kBalanced, 2);
  std::set<std::vector<int64_t>> orders_of_classes;
  std::map<int64_t, int> times;
  std::map<int64_t, std::set<int64_t>> epochs;
  for (int64_t round = 0; round < 24; ++round) {  // each class goes through its samples 24, 8 and 3 times
    std::vector<int64_t> labels;
    for (int64_t position = 3 * round; position < 3 * round + 3; ++position) {
      const Choice choice = order.at(position);
      labels.push_back(dataset.info(choice.index).label);
      ++times[choice.index];
      EXPECT_TRUE(epochs[choice.index].insert(choice.draw.epoch).second) << "the same clip of " << choice.index;
    }
    orders_of_classes.insert(labels);
    EXPECT_EQ(sorted(labels), (std::vector<int64_t>{0, 2, 5}));
  }
  EXPECT_EQ(orders_of_classes.size(), 6u);
  ASSERT_EQ(times.size(), 12u);
  for (const auto& [index, count] : times) {
    const int64_t label = dataset.info(index).label;
    EXPECT_EQ(count, label == 0 ? 24 : label == 2 ? 8 : 3) << index;
  }
  EXPECT_EQ(order.length(), 12);
}

TEST(SampleOrder, BalancedTakesTheSamplesOfAClassInTurn) {
  const Uneven dataset;
  SampleOrder order(dataset, Order::kBalanced, 2), other(dataset, Order::kBalanced, 3);
  std::vector<int64_t> large;
  for (int64_t position = 0; position < 3 * 16; ++position) {
    const int64_t index = order.at(position).index;
    if (dataset.info(index).label == 5) large.push_back(index);
  }
  ASSERT_EQ(large.size(), 16u);
  const std::vector<int64_t> first(large.begin(), large.begin() + 8), second(large.begin() + 8, large.end());
  EXPECT_EQ(sorted(first), sorted(second));
  EXPECT_EQ(std::set<int64_t>(first.begin(), first.end()).size(), 8u);
  EXPECT_NE(first, second);
  EXPECT_NE(indices_of(order, 0, 36), indices_of(other, 0, 36));
}

TEST(SampleOrder, InTurnTakesAllViewsOfASample) {
  FakeDataset dataset(3);
  dataset.views_in_testing = 2;
  SampleOrder order(dataset, Order::kInTurn, 9);
  ASSERT_EQ(order.length(), 6);
  EXPECT_EQ(indices_of(order, 0, 6), (std::vector<int64_t>{0, 0, 1, 1, 2, 2}));
  for (int64_t position = 0; position < 6; ++position) {
    EXPECT_EQ(order.at(position).draw.view, position % 2);
    EXPECT_EQ(order.at(position).draw.epoch, 0);
    EXPECT_EQ(order.at(position).draw.seed, 9u);
  }
}

TEST(SampleOrder, RefusesInvalidSetsAndPositions) {
  EXPECT_THROW(SampleOrder(FakeDataset(0), Order::kShuffled, 1), std::logic_error);
  const FakeDataset dataset(3);
  EXPECT_THROW(SampleOrder(dataset, Order::kShuffled, 1).at(-1), std::logic_error);
}

}  // namespace
}  // namespace trecvit
