#include "trecvit/base/buffer.h"

#include <gtest/gtest.h>

#include <cstdint>

#include "support/errors.h"

namespace trecvit {
namespace {

TEST(Buffer, IsAlignedZeroFilledAndWritable) {
  for (const size_t size : {3, 63, 4096, 4097, 9 << 20}) {
    Buffer buffer(size);
    ASSERT_EQ(buffer.size(), size);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(buffer.data()) % 64, 0u);
    for (const size_t at : {size_t{0}, size / 2, size - 1}) {
      EXPECT_EQ(buffer.data()[at], std::byte{0});
      buffer.data()[at] = std::byte{1};
    }
  }
  EXPECT_EQ(Buffer(0).data(), nullptr);
}

TEST(Buffer, MovesWithoutCopying) {
  Buffer first(100);
  std::byte* memory = first.data();
  Buffer second(std::move(first));
  EXPECT_EQ(second.data(), memory);
  Buffer third(7);
  third = std::move(second);
  EXPECT_EQ(third.data(), memory);
  EXPECT_EQ(third.size(), 100u);
}

TEST(Buffer, AbsurdSizesAreErrors) {
  test::expect_error(ErrorKind::kResource, {"memory"}, [] { Buffer buffer(SIZE_MAX); });
  test::expect_error(ErrorKind::kResource, {"memory"}, [] { Buffer buffer(size_t{1} << 47); });
}

TEST(Array, ClonesAreEqualAndSeparate) {
  Array<int> numbers(5);
  for (size_t i = 0; i < 5; ++i) numbers[i] = static_cast<int>(i);
  Array<int> copy = numbers.clone();
  copy[0] = 9;
  EXPECT_EQ(numbers[0], 0);
  EXPECT_EQ(copy[4], 4);
  EXPECT_EQ(copy.span().size(), 5u);
  EXPECT_EQ(Array<int>().clone().size(), 0u);
}

TEST(Array, IsEmptyOnceMovedFrom) {
  Array<int> first(5);
  const int* memory = first.data();
  Array<int> second(std::move(first));
  EXPECT_EQ(second.data(), memory);
  EXPECT_EQ(second.size(), 5u);
  EXPECT_TRUE(first.span().empty());  // NOLINT(bugprone-use-after-move): what is tested
  Array<int> third;
  third = std::move(second);
  EXPECT_EQ(third.span().data(), memory);
  EXPECT_TRUE(second.span().empty());  // NOLINT(bugprone-use-after-move)
  first = Array<int>(2);
  EXPECT_EQ(first.size(), 2u) << "it can be used again";
}

TEST(Array, CountsWhoseBytesDoNotFitAreErrors) {
  // 2^61 and one more: the product with the size wraps around to 8.
  test::expect_error(ErrorKind::kResource, {"memory"}, [] { Array<double> numbers((size_t{1} << 61) + 1); });
}

}  // namespace
}  // namespace trecvit
