// Noise as pixels: no two rows or columns are the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "trecvit/base/random.h"

namespace trecvit::test {

inline std::vector<uint8_t> random_bytes(size_t count) {
  const RandomStream random(3, "picture");
  std::vector<uint8_t> bytes(count);
  for (size_t i = 0; i < count; ++i) bytes[i] = random.byte(i);
  return bytes;
}

// RGB [height, width, 3].
inline std::vector<uint8_t> random_picture(int height, int width) { return random_bytes(size_t{3} * height * width); }

}  // namespace trecvit::test
