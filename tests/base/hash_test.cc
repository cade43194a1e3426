#include "trecvit/base/hash.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

namespace trecvit {
namespace {

std::vector<std::byte> numbered(size_t size) {
  std::vector<std::byte> bytes(size);
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i * 37);
  return bytes;
}

TEST(Hash, EverySingleBitCounts) {
  for (size_t size : {1, 7, 8, 9, 16, 61}) {
    auto bytes = numbered(size);
    std::set<uint64_t> seen{hash_bytes(bytes)};
    for (size_t bit = 0; bit < size * 8; ++bit) {
      const auto mask = static_cast<std::byte>(1 << bit % 8);
      bytes[bit / 8] ^= mask;
      EXPECT_TRUE(seen.insert(hash_bytes(bytes)).second) << "bit " << bit << " of " << size << " bytes";
      bytes[bit / 8] ^= mask;
    }
  }
}

TEST(Hash, LengthCountsToo) {
  std::set<uint64_t> seen;
  const std::vector<std::byte> zeros(40);
  for (size_t size = 0; size <= zeros.size(); ++size) {
    EXPECT_TRUE(seen.insert(hash_bytes(std::span(zeros).first(size))).second) << size;
  }
}

TEST(Hash, OrderOfWordsCounts) {
  auto bytes = numbered(32);
  const uint64_t before = hash_bytes(bytes);
  std::swap_ranges(bytes.begin(), bytes.begin() + 8, bytes.begin() + 16);
  EXPECT_NE(hash_bytes(bytes), before);
}

TEST(Hash, SeedChains) {
  const auto bytes = numbered(24);
  EXPECT_NE(hash_bytes(bytes, 1), hash_bytes(bytes, 2));
  EXPECT_EQ(hash_bytes(bytes, 1), hash_bytes(bytes, 1));
}

// Saved states carry these numbers, so they may not change.
TEST(Hash, ValuesAreFixed) {
  EXPECT_EQ(hash_bytes({}), 0x2ad0938b4c26d017ull);
  EXPECT_EQ(hash_bytes(numbered(13)), 0xac18ea24156a89f1ull);
}

}  // namespace
}  // namespace trecvit
