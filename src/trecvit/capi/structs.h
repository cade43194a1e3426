// Structs that may grow: the caller's struct_size says which fields the caller knows.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "trecvit/capi/guard.h"

namespace trecvit::capi {

// Size of a struct in the first release that had it; does not change when fields are appended.
template <class T>
inline constexpr size_t kFirstSize = 0;
template <>
inline constexpr size_t kFirstSize<trecvit_model_options> =
    offsetof(trecvit_model_options, image_width) + sizeof(trecvit_model_options::image_width);
template <>
inline constexpr size_t kFirstSize<trecvit_model_info> =
    offsetof(trecvit_model_info, readout) + sizeof(trecvit_model_info::readout);
template <>
inline constexpr size_t kFirstSize<trecvit_result> = offsetof(trecvit_result, tokens) + sizeof(trecvit_result::tokens);

// Far above the size of any struct here, so that a size that was never set is unlikely to pass.
inline constexpr size_t kMaxStructSize = 4096;

template <class T>
void require_struct_size(const T& given, const char* function) {
  if (given.struct_size >= kFirstSize<T> && given.struct_size <= kMaxStructSize) return;
  fail_usage(function, "expected a struct_size from {} to {}, got {}; start from the _INIT macro", kFirstSize<T>,
             kMaxStructSize, given.struct_size);
}

// Converts the caller's options to this library's struct: fields unknown to the caller become zero, fields unknown to
// the library must be zero.
template <class T>
T read_struct(const T* given, const char* function) {
  T out{};
  if (given == nullptr) return out;
  require_struct_size(*given, function);
  const auto* bytes = reinterpret_cast<const std::byte*>(given);
  const size_t known = std::min(given->struct_size, sizeof(T));
  if (std::any_of(bytes + known, bytes + given->struct_size, [](std::byte b) { return b != std::byte{0}; })) {
    fail_usage(function, "expected options of version {}, got options of a newer version", trecvit_version());
  }
  std::memcpy(&out, given, known);
  return out;
}

// Fills the fields that the caller knows; those that this library does not know become zero. struct_size must already
// be checked.
template <class T>
void write_struct(T full, T& out) {
  full.struct_size = out.struct_size;
  const size_t known = std::min(full.struct_size, sizeof(T));
  std::memcpy(&out, &full, known);
  std::memset(reinterpret_cast<std::byte*>(&out) + known, 0, full.struct_size - known);
}

}  // namespace trecvit::capi
