#include "trecvit/base/stats.h"

#include <gtest/gtest.h>

#include "trecvit/base/buffer.h"

namespace trecvit {
namespace {

TEST(Quantile, IsLinearBetweenNeighbours) {
  const std::vector<double> samples = {40, 10, 30, 20};
  EXPECT_EQ(quantile(samples, 0), 10);
  EXPECT_EQ(quantile(samples, 1), 40);
  EXPECT_EQ(quantile(samples, 0.5), 25);
  EXPECT_DOUBLE_EQ(quantile(samples, 0.95), 38.5);
  EXPECT_EQ(quantile({7}, 0.3), 7);
  EXPECT_EQ(quantile({}, 0.5), 0);
}

TEST(ResidentBytes, GrowsWithTouchedMemory) {
  constexpr size_t kSize = size_t{64} << 20;
  const long before = resident_bytes();
  ASSERT_GT(before, 0);
  Buffer buffer(kSize);
  for (size_t i = 0; i < kSize; i += 4096) buffer.data()[i] = std::byte{1};
  EXPECT_GT(resident_bytes() - before, static_cast<long>(kSize / 2));
  EXPECT_GE(peak_resident_bytes(), resident_bytes());
}

}  // namespace
}  // namespace trecvit
