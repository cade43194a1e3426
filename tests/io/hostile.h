// Bytes that are wrong on purpose: prefixes, seeded mutations, boundary numbers.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "trecvit/base/random.h"
#include "trecvit/io/byte_source.h"

namespace trecvit::test {

inline std::span<const std::byte> as_bytes(std::string_view text) { return std::as_bytes(std::span(text)); }
inline std::unique_ptr<ByteSource> source_of(const std::string& bytes) {
  return open_memory(as_bytes(bytes), "memory");
}

// Numbers at which sums and products of sizes overflow.
inline constexpr uint64_t kBoundaries[] = {0,
                                           1,
                                           0x7fffffff,
                                           0x80000000,
                                           0xffffffff,
                                           (uint64_t{1} << 53) + 1,
                                           0x7fffffffffffffff,
                                           0x8000000000000000,
                                           0xffffffffffffffff};

// The low `width` bytes of value, little-endian, over bytes[at...].
inline void patch(std::string& bytes, size_t at, uint64_t value, size_t width) {
  std::memcpy(bytes.data() + at, &value, width);
}

// Mutation `index` of a file: one to four changes of a bit, a byte, a number, the length, or a copied piece.
inline std::string mutated(std::string bytes, uint64_t index) {
  const RandomStream random(index, "mutation");
  uint64_t next = 0;
  const auto pick = [&](uint64_t below) { return static_cast<size_t>(random.bits(next++) % below); };
  const size_t changes = 1 + pick(4);
  for (size_t i = 0; i < changes && bytes.size() > 16; ++i) {
    const size_t at = pick(bytes.size() - 8);
    switch (pick(6)) {
      case 0:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << pick(8)));
        break;
      case 1:
        bytes[at] = static_cast<char>(pick(256));
        break;
      case 2:
        patch(bytes, at, kBoundaries[pick(std::size(kBoundaries))], size_t{1} << pick(4));
        break;
      case 3:
        bytes.resize(at);
        break;
      case 4:
        bytes.erase(at, 1 + pick(8));
        break;
      default:
        bytes.insert(pick(bytes.size()), bytes.substr(at, pick(64)));
    }
  }
  return bytes;
}

}  // namespace trecvit::test
