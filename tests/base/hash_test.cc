#include "trecvit/base/hash.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace trecvit {
namespace {

uint64_t hash(const std::string& text, uint64_t seed = 0) { return hash_bytes(std::as_bytes(std::span(text)), seed); }

TEST(HashBytes, EveryFlippedBitAndEveryLengthChangesIt) {
  const std::string text(37, 'x');
  std::set<uint64_t> seen = {hash(text)};
  for (size_t bit = 0; bit < text.size() * 8; ++bit) {
    std::string changed = text;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    EXPECT_TRUE(seen.insert(hash(changed)).second) << bit;
  }
  for (size_t length = 0; length < 37; ++length) EXPECT_TRUE(seen.insert(hash(text.substr(0, length))).second);
  EXPECT_TRUE(seen.insert(hash(text, 1)).second);
}

// Values of the reference implementation (Python's xxhash 4.1, xxh3_64_intdigest): files of one machine are read on
// all.
TEST(HashBytes, IsXxh3) {
  std::string many;
  for (int i = 0; i < 512; ++i) many += static_cast<char>(i % 256);
  EXPECT_EQ(hash(""), 0x2d06800538d394c2U);
  EXPECT_EQ(hash("trecvit"), 0xd723aaf8f6759366U);
  EXPECT_EQ(hash(many, 7), 0x82381142f3703860U);
  EXPECT_EQ(hash_text(many, 7), hash(many, 7));
}

TEST(HashBytes, TrailingZerosCount) {
  EXPECT_NE(hash(std::string("a", 1)), hash(std::string("a\0", 2)));
  EXPECT_EQ(hash("same"), hash("same"));
}

}  // namespace
}  // namespace trecvit
