// XXH3, 64 bits: fingerprints and checksums of our own files. It notices damage; it does not resist an adversary.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace trecvit {

// A hash of several parts is chained: the hash of one part is the seed of the next.
uint64_t hash_bytes(std::span<const std::byte> bytes, uint64_t seed = 0);
uint64_t hash_text(std::string_view text, uint64_t seed = 0);

}  // namespace trecvit
