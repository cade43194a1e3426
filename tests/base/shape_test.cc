#include "trecvit/base/shape.h"

#include <gtest/gtest.h>

#include <cstdint>

#include "trecvit/base/checked.h"

namespace trecvit {
namespace {

TEST(Shape, CountsElements) {
  EXPECT_EQ(element_count({}), 1);  // a scalar
  EXPECT_EQ(element_count({5}), 5);
  EXPECT_EQ(element_count({2, 3, 4}), 24);
  EXPECT_EQ(element_count({int64_t{1} << 31, int64_t{1} << 31}), int64_t{1} << 62);
  EXPECT_EQ(element_count({INT64_MAX}), INT64_MAX);
}

TEST(Shape, EmptyWhateverTheOtherAxes) {
  EXPECT_EQ(element_count({0}), 0);
  EXPECT_EQ(element_count({3, 0, 4}), 0);
  EXPECT_EQ(element_count({INT64_MAX, 0}), 0);
  EXPECT_EQ(element_count({0, INT64_MAX}), 0);
  EXPECT_EQ(element_count({0, INT64_MAX, 2}), std::nullopt);  // its strides would not fit
}

TEST(Shape, NothingForWhatDoesNotFit) {
  EXPECT_EQ(element_count({-1}), std::nullopt);
  EXPECT_EQ(element_count({0, -1}), std::nullopt);
  EXPECT_EQ(element_count({INT64_MIN, 2}), std::nullopt);
  EXPECT_EQ(element_count({int64_t{1} << 32, int64_t{1} << 31}), std::nullopt);
  EXPECT_EQ(element_count({INT64_MAX, 2}), std::nullopt);
  // 2^64 elements would wrap to 0.
  EXPECT_EQ(element_count({int64_t{1} << 32, int64_t{1} << 32}), std::nullopt);
}

TEST(Shape, Text) {
  EXPECT_EQ(to_string(Shape{}), "[]");
  EXPECT_EQ(to_string(Shape{4, 197, 768}), "[4, 197, 768]");
}

TEST(Checked, SaysWhatDoesNotFit) {
  EXPECT_EQ(checked_add<uint64_t>(UINT64_MAX, 0), UINT64_MAX);
  EXPECT_EQ(checked_add<uint64_t>(UINT64_MAX, 1), std::nullopt);
  EXPECT_EQ(checked_add<int64_t>(INT64_MAX, 1), std::nullopt);
  EXPECT_EQ(checked_add<int64_t>(INT64_MIN, -1), std::nullopt);
  EXPECT_EQ(checked_mul<uint64_t>(uint64_t{1} << 32, (uint64_t{1} << 32) - 1), UINT64_MAX - UINT32_MAX);
  EXPECT_EQ(checked_mul<uint64_t>(uint64_t{1} << 32, uint64_t{1} << 32), std::nullopt);
  EXPECT_EQ(checked_mul<int64_t>(INT64_MIN, -1), std::nullopt);
}

}  // namespace
}  // namespace trecvit
