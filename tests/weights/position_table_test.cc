#include "trecvit/weights/position_table.h"

#include <gtest/gtest.h>

#include <cstring>

#include "support/near.h"
#include "weights/image_vit_files.h"

namespace trecvit::test {
namespace {

HostTensor table(const std::vector<float>& values, int64_t width = 1) {
  return HostTensor::from<float>({1, static_cast<int64_t>(values.size()) / width, width}, values);
}

TEST(PositionTable, SquareGrids) {
  EXPECT_EQ(square_grid(196), (PatchGrid{14, 14}));
  EXPECT_EQ(square_grid(1), (PatchGrid{1, 1}));
  for (const int64_t none : {int64_t{0}, int64_t{-4}, int64_t{197}, int64_t{2}, INT64_MAX}) {
    EXPECT_FALSE(square_grid(none)) << none;
  }
}

TEST(PositionTable, TheSameGridIsTheSameBits) {
  const HostTensor positions = random_tensor("positions", {1, 15, 4});
  const HostTensor same = resize_positions(positions, {3, 5}, {3, 5});
  ASSERT_EQ(same.shape(), positions.shape());
  EXPECT_EQ(std::memcmp(same.data(), positions.data(), same.bytes()), 0);
}

TEST(PositionTable, CornersStayAndTheRestLiesBetween) {
  const HostTensor larger = resize_positions(table({0, 1, 10, 11}), {2, 2}, {3, 4});
  ASSERT_EQ(larger.shape(), (Shape{1, 12, 1}));
  const std::vector<float> want = {0, 1 / 3.f, 2 / 3.f, 1, 5, 16 / 3.f, 17 / 3.f, 6, 10, 31 / 3.f, 32 / 3.f, 11};
  EXPECT_TRUE(near("larger", larger.as<float>(), want, kFloatRounding * 10));
  const HostTensor smaller = resize_positions(table({0, 1, 2, 3, 4, 5, 6, 7, 8}), {3, 3}, {2, 2});
  EXPECT_TRUE(near("smaller", smaller.as<float>(), std::vector<float>{0, 2, 6, 8}, kFloatRounding));
}

// Neither rows and columns nor entries of a token may be exchanged.
TEST(PositionTable, RowsAndColumnsOfSeveralNumbers) {
  std::vector<float> values;
  for (int row = 0; row < 3; ++row) {
    for (int column = 0; column < 2; ++column) {
      values.insert(values.end(), {static_cast<float>(row), static_cast<float>(10 * column)});
    }
  }
  const HostTensor resized = resize_positions(table(values, 2), {3, 2}, {2, 3});
  EXPECT_TRUE(
      near("rows", resized.as<float>(), std::vector<float>{0, 0, 0, 5, 0, 10, 2, 0, 2, 5, 2, 10}, kFloatRounding));
}

TEST(PositionTable, OneEntry) {
  const HostTensor spread = resize_positions(table({3}), {1, 1}, {2, 3});
  EXPECT_TRUE(near("spread", spread.as<float>(), std::vector<float>(6, 3), kFloatRounding));
  const HostTensor middle = resize_positions(table({0, 1, 2, 3, 4, 5, 6, 7, 8}), {3, 3}, {1, 1});
  EXPECT_TRUE(near("middle", middle.as<float>(), std::vector<float>{4}, kFloatRounding));
}

}  // namespace
}  // namespace trecvit::test
