// Element types that occur in weight files and arrays, with their names and sizes.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "trecvit/base/words.h"

namespace trecvit {

enum class DType { kF32, kF64, kF16, kBF16, kU8, kI8, kU16, kI16, kU32, kI32, kU64, kI64, kBool };
constexpr auto enum_words(DType) {
  return make_words<DType>({{"float32", DType::kF32},
                            {"float64", DType::kF64},
                            {"float16", DType::kF16},
                            {"bfloat16", DType::kBF16},
                            {"uint8", DType::kU8},
                            {"int8", DType::kI8},
                            {"uint16", DType::kU16},
                            {"int16", DType::kI16},
                            {"uint32", DType::kU32},
                            {"int32", DType::kI32},
                            {"uint64", DType::kU64},
                            {"int64", DType::kI64},
                            {"bool", DType::kBool}});
}

constexpr size_t size_of(DType dtype) {
  switch (dtype) {
    case DType::kF64:
    case DType::kU64:
    case DType::kI64:
      return 8;
    case DType::kF32:
    case DType::kU32:
    case DType::kI32:
      return 4;
    case DType::kF16:
    case DType::kBF16:
    case DType::kU16:
    case DType::kI16:
      return 2;
    case DType::kU8:
    case DType::kI8:
    case DType::kBool:
      return 1;
  }
  return 0;
}

template <class T>
constexpr DType dtype_of();
template <>
constexpr DType dtype_of<float>() {
  return DType::kF32;
}
template <>
constexpr DType dtype_of<double>() {
  return DType::kF64;
}
template <>
constexpr DType dtype_of<uint8_t>() {
  return DType::kU8;
}
template <>
constexpr DType dtype_of<int32_t>() {
  return DType::kI32;
}
template <>
constexpr DType dtype_of<int64_t>() {
  return DType::kI64;
}

constexpr float bf16_to_float(uint16_t bits) { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }

// IEEE 754 binary16, subnormals, infinities and NaN included; exact.
constexpr float f16_to_float(uint16_t bits) {
  const uint32_t sign = static_cast<uint32_t>(bits & 0x8000u) << 16;
  const uint32_t exponent = (bits >> 10) & 0x1fu;
  const uint32_t mantissa = bits & 0x3ffu;
  if (exponent == 0x1f) return std::bit_cast<float>(sign | 0x7f800000u | (mantissa << 13));
  if (exponent != 0) return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (mantissa << 13));
  const float magnitude = static_cast<float>(mantissa) * 0x1p-24f;
  return sign ? -magnitude : magnitude;
}

}  // namespace trecvit
