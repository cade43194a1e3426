#include "trecvit/base/checked.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace trecvit {
namespace {

TEST(Checked, SumsAndProductsReportOverflow) {
  EXPECT_EQ(checked_add<uint64_t>(UINT64_MAX - 1, 1), UINT64_MAX);
  EXPECT_EQ(checked_add<uint64_t>(UINT64_MAX, 1), std::nullopt);
  EXPECT_EQ(checked_add<int64_t>(INT64_MAX, 1), std::nullopt);
  EXPECT_EQ(checked_mul<uint64_t>(1ull << 32, (1ull << 32) - 1), (UINT64_MAX >> 32) << 32);
  EXPECT_EQ(checked_mul<uint64_t>(1ull << 32, 1ull << 32), std::nullopt);
  EXPECT_EQ(checked_mul<int64_t>(INT64_MIN, -1), std::nullopt);
}

}  // namespace
}  // namespace trecvit
