#include "trecvit/base/dtype.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>

namespace trecvit {
namespace {

constexpr DType kTypes[] = {DType::kF32, DType::kF64, DType::kF16, DType::kBF16, DType::kU8,  DType::kI8,  DType::kU16,
                            DType::kI16, DType::kU32, DType::kI32, DType::kU64,  DType::kI64, DType::kBool};

TEST(DType, NamesAreDistinctAndSayTheSize) {
  std::set<std::string> names;
  for (const DType dtype : kTypes) {
    const std::string name(word_of(dtype));
    EXPECT_TRUE(names.insert(name).second) << name;
    if (dtype != DType::kBool) {
      EXPECT_EQ(std::stoul(name.substr(name.find_first_of("0123456789"))), size_of(dtype) * 8) << name;
    }
  }
  EXPECT_EQ(size_of(DType::kBool), 1u);
  EXPECT_EQ(size_of(dtype_of<double>()), sizeof(double));
}

// Binary16 from its definition: sign, 5 bits of exponent, 10 of mantissa.
double half(uint16_t bits) {
  const int exponent = (bits >> 10) & 31, mantissa = bits & 1023;
  const double sign = bits & 0x8000 ? -1 : 1;
  if (exponent == 31) return mantissa ? NAN : sign * INFINITY;
  return sign * (exponent ? std::ldexp(1024 + mantissa, exponent - 25) : std::ldexp(mantissa, -24));
}

TEST(Float16, EveryValueConvertsExactly) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const float got = f16_to_float(static_cast<uint16_t>(bits));
    const double want = half(static_cast<uint16_t>(bits));
    if (std::isnan(want)) {
      EXPECT_TRUE(std::isnan(got)) << bits;
    } else {
      EXPECT_EQ(got, want) << bits;
      EXPECT_EQ(std::signbit(got), std::signbit(want)) << bits;
    }
  }
}

TEST(BFloat16, IsTheUpperHalfOfFloat32) {
  EXPECT_EQ(bf16_to_float(0x3f80), 1.0f);
  EXPECT_EQ(bf16_to_float(0xc049), -3.140625f);
  EXPECT_EQ(bf16_to_float(0x0001), 0x1p-133f);
  EXPECT_TRUE(std::signbit(bf16_to_float(0x8000)));
  EXPECT_EQ(bf16_to_float(0x7f80), INFINITY);
  EXPECT_TRUE(std::isnan(bf16_to_float(0x7fc0)));
}

}  // namespace
}  // namespace trecvit
