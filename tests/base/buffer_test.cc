#include "trecvit/base/buffer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>

#include "support/errors.h"
#include "trecvit/base/stats.h"

namespace trecvit {
namespace {

TEST(Buffer, AlignedAndZero) {
  for (size_t size : {size_t{1}, size_t{63}, size_t{4096}, size_t{5'000'001}}) {
    const Buffer buffer(size);
    EXPECT_EQ(buffer.size(), size);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(buffer.data()) % 64, 0u);
    EXPECT_TRUE(std::all_of(buffer.data(), buffer.data() + size, [](std::byte b) { return b == std::byte{0}; }));
  }
}

TEST(Buffer, EmptyHasNoMemory) {
  EXPECT_EQ(Buffer(0).data(), nullptr);
  EXPECT_EQ(Buffer().size(), 0u);
}

TEST(Buffer, MovesItsMemory) {
  Buffer first(100);
  first.data()[99] = std::byte{7};
  const auto* memory = first.data();
  Buffer second(std::move(first));
  EXPECT_EQ(second.data(), memory);
  Buffer third(10);
  third = std::move(second);
  EXPECT_EQ(third.data(), memory);
  EXPECT_EQ(third.size(), 100u);
  EXPECT_EQ(third.data()[99], std::byte{7});
}

TEST(Buffer, RefusesWhatNoMachineHolds) {
  test::expect_error(ErrorKind::kResource, {"[memory]", "sane"}, [] { Buffer(size_t{1} << 60); });
  test::expect_error(ErrorKind::kResource, {"[memory]"}, [] { Buffer(SIZE_MAX); });
}

TEST(Buffer, GivesMemoryBack) {
  constexpr size_t kSize = size_t{64} << 20;
  const long before = resident_bytes();
  {
    Buffer buffer(kSize);
    std::memset(buffer.data(), 1, kSize);
    EXPECT_GE(resident_bytes() - before, static_cast<long>(kSize / 2));
  }
  EXPECT_LT(resident_bytes() - before, static_cast<long>(kSize / 2));
}

TEST(Array, CloneIsIndependent) {
  Array<float> array(5);
  for (size_t i = 0; i < array.size(); ++i) array[i] = static_cast<float>(i);
  Array<float> copy = array.clone();
  array[2] = 99;
  EXPECT_EQ(copy.size(), 5u);
  EXPECT_EQ(copy[2], 2.0f);
  EXPECT_EQ(Array<float>().clone().size(), 0u);
}

}  // namespace
}  // namespace trecvit
