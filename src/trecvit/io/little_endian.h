// Numbers in the bytes of a file, least significant byte first.
#pragma once

#include <bit>
#include <cstddef>
#include <cstring>
#include <span>
#include <string>

namespace trecvit::little_endian {

static_assert(std::endian::native == std::endian::little);

// The number at an offset; the caller has checked that all its bytes are there.
template <class T>
T number_at(std::span<const std::byte> bytes, size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof(T));
  return value;
}

template <class T>
void put(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof(T));
}

}  // namespace trecvit::little_endian
