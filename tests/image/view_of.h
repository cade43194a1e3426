// Pixels [height, width, 3] of a test, as the view that the library takes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "trecvit/image/image.h"

namespace trecvit::test {

inline ImageView view_of(const std::vector<uint8_t>& pixels, int height, int width) {
  return {pixels.data(), PixelType::kU8, height, width, ptrdiff_t{3} * width};
}

inline ImageView view_of(const std::vector<float>& pixels, int height, int width) {
  return {pixels.data(), PixelType::kF32, height, width, ptrdiff_t{12} * width};
}

}  // namespace trecvit::test
