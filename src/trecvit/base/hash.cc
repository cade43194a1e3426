#include "trecvit/base/hash.h"

#define XXH_INLINE_ALL  // compiled in: nothing to link, and no symbol leaves the library
#include <xxhash.h>

static_assert(XXH_VERSION_NUMBER >= 800, "the values of XXH3 are fixed from xxHash 0.8.0 on");

namespace trecvit {

uint64_t hash_bytes(std::span<const std::byte> bytes, uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

uint64_t hash_text(std::string_view text, uint64_t seed) { return hash_bytes(std::as_bytes(std::span(text)), seed); }

}  // namespace trecvit
