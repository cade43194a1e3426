// Counter-based random numbers: value i of a named stream is a pure function of (seed, key, i), so nothing depends on
// the order in which tensors, frames or samples are made. The same generator defines the reference fixtures.
//
//   name = decimal(seed) + "|" + key          s = FNV-1a 64 of the bytes of name
//   z_i  = output i of splitmix64 started at s
//   u_i  = (z_i >> 40) * 2^-23 - 1            in [-1, 1), exact in float32
#pragma once

#include <cstdint>
#include <string_view>

namespace trecvit {

// FNV-1a, 64 bits.
constexpr uint64_t fnv1a(std::string_view text, uint64_t hash = 0xcbf29ce484222325ull) {
  for (char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  return hash;
}

class RandomStream {
 public:
  RandomStream(uint64_t seed, std::string_view key);

  uint64_t bits(uint64_t index) const {
    uint64_t z = start_ + (index + 1) * 0x9e3779b97f4a7c15ull;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
  }
  uint8_t byte(uint64_t index) const { return static_cast<uint8_t>(bits(index) >> 56); }
  // In [-1, 1).
  double symmetric(uint64_t index) const { return static_cast<double>(bits(index) >> 40) * 0x1p-23 - 1.0; }
  // In [0, 1).
  double unit(uint64_t index) const { return static_cast<double>(bits(index) >> 11) * 0x1p-53; }
  uint64_t start() const { return start_; }

 private:
  uint64_t start_;
};

}  // namespace trecvit
