// The type names of the safetensors format.
#pragma once

#include <optional>
#include <string_view>
#include <utility>

#include "trecvit/base/dtype.h"

namespace trecvit {

inline constexpr std::pair<std::string_view, DType> kSafetensorsTypes[] = {
    {"F32", DType::kF32}, {"F64", DType::kF64}, {"F16", DType::kF16},  {"BF16", DType::kBF16}, {"U8", DType::kU8},
    {"I8", DType::kI8},   {"U16", DType::kU16}, {"I16", DType::kI16},  {"U32", DType::kU32},   {"I32", DType::kI32},
    {"U64", DType::kU64}, {"I64", DType::kI64}, {"BOOL", DType::kBool}};

}  // namespace trecvit
