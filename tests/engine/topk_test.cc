#include "trecvit/engine/topk.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace trecvit::test {
namespace {

std::vector<int64_t> top(const std::vector<float>& values, size_t k) {
  std::vector<int64_t> indices(k);
  top_k(values, indices);
  return indices;
}

TEST(TopK, LargestFirstAndEqualOnesByIndex) {
  const std::vector<float> values{1, 5, 3, 5, 5, -1, 3};
  EXPECT_EQ(top(values, 1), (std::vector<int64_t>{1}));
  EXPECT_EQ(top(values, 2), (std::vector<int64_t>{1, 3}));
  EXPECT_EQ(top(values, 7), (std::vector<int64_t>{1, 3, 4, 2, 6, 0, 5}));
  EXPECT_EQ(top({2, 2, 2, 2}, 3), (std::vector<int64_t>{0, 1, 2}));
  EXPECT_EQ(top({0.0f, -0.0f}, 2), (std::vector<int64_t>{0, 1})) << "equal numbers";
  EXPECT_TRUE(top(values, 0).empty());
}

TEST(TopK, NotANumberComesLast) {
  EXPECT_EQ(top({NAN, 1, NAN, -INFINITY, INFINITY}, 5), (std::vector<int64_t>{4, 1, 3, 0, 2}));
  EXPECT_EQ(top({NAN, NAN}, 1), (std::vector<int64_t>{0}));
}

TEST(TopK, MoreThanTheValuesIsALogicError) { EXPECT_THROW(top({1, 2}, 3), std::logic_error); }

}  // namespace
}  // namespace trecvit::test
