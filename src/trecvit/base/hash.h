// A fast 64-bit hash that notices any change of a few bytes; for fingerprints and checksums of our own files, not
// against an adversary.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace trecvit {

uint64_t hash_bytes(std::span<const std::byte> bytes, uint64_t seed = 0);

}  // namespace trecvit
