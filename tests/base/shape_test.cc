#include "trecvit/base/shape.h"

#include <gtest/gtest.h>

namespace trecvit {
namespace {

TEST(ElementCount, IsTheProductOfTheExtents) {
  EXPECT_EQ(element_count({}), 1);
  EXPECT_EQ(element_count({4, 197, 768}), 4 * 197 * 768);
  EXPECT_EQ(element_count({INT64_MAX}), INT64_MAX);
  EXPECT_EQ(element_count({INT64_MAX, 1, 0}), 0);
}

TEST(ElementCount, IsAbsentForNegativeExtentsAndOverflow) {
  EXPECT_EQ(element_count({-1}), std::nullopt);
  EXPECT_EQ(element_count({0, -1}), std::nullopt);
  EXPECT_EQ(element_count({INT64_MAX, 2}), std::nullopt);
  EXPECT_EQ(element_count({int64_t{1} << 32, int64_t{1} << 31}), std::nullopt);
  EXPECT_EQ(element_count({int64_t{1} << 31, int64_t{1} << 31}), int64_t{1} << 62);
  // An extent of 0 does not excuse the others.
  EXPECT_EQ(element_count({INT64_MAX, INT64_MAX, 0}), std::nullopt);
}

TEST(ShapeToString, ListsTheExtents) {
  EXPECT_EQ(to_string(Shape{4, 197, 768}), "[4, 197, 768]");
  EXPECT_EQ(to_string(Shape{}), "[]");
}

}  // namespace
}  // namespace trecvit
