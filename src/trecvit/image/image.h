// Pictures: RGB, rows from top to bottom, [H, W, 3], either bytes (0 to 255) or float32 (0 to 1).
#pragma once

#include <cstddef>
#include <cstdint>

namespace trecvit {

enum class PixelType { kU8, kF32 };

// A picture somebody else owns.
struct ImageView {
  const void* pixels = nullptr;  // [H, W, 3]
  PixelType type = PixelType::kU8;
  int height = 0, width = 0;
  ptrdiff_t row_stride_bytes = 0;

  template <class T>
  const T* row(int y) const {
    return reinterpret_cast<const T*>(static_cast<const std::byte*>(pixels) + y * row_stride_bytes);
  }
  size_t pixel_bytes() const { return type == PixelType::kU8 ? 3 : 12; }
};

// No side of a picture may be longer; a bound for arithmetic, far above any camera.
inline constexpr int kMaxImageSide = 32768;

// The brightness of a pixel's red, green and blue, 0 to 255 (ITU-R BT.601).
inline int64_t grey_of(const uint8_t* rgb) { return (77 * rgb[0] + 150 * rgb[1] + 29 * rgb[2] + 128) >> 8; }

}  // namespace trecvit
