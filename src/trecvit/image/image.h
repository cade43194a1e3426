// Pictures: RGB, rows from top to bottom, [H, W, 3], either bytes (0 to 255) or float32 (0 to 1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "trecvit/base/buffer.h"

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

// A picture that owns its memory and keeps it when it becomes another picture: one Image serves a whole video and
// allocates only when a picture is larger than all before it. Moved, not copied.
class Image : private ImageView {
 public:
  using ImageView::height, ImageView::width, ImageView::type, ImageView::row_stride_bytes, ImageView::row,
      ImageView::pixels, ImageView::pixel_bytes;

  Image() = default;
  Image(Image&& other) noexcept
      : ImageView(std::exchange(static_cast<ImageView&>(other), {})), memory_(std::move(other.memory_)) {}
  Image& operator=(Image&& other) noexcept {  // a swap, so that neither memory is lost
    std::swap(static_cast<ImageView&>(*this), static_cast<ImageView&>(other));
    std::swap(memory_, other.memory_);
    return *this;
  }

  // Valid until the image changes or is destroyed, so it cannot be taken from a temporary.
  const ImageView& view() const& { return *this; }
  const ImageView& view() const&& = delete;

  // Makes room for a picture with unspecified pixels and returns the start of its first row. row_stride: bytes from row
  // to row, 0 for rows without gaps. slack: bytes that may be written after the last row. Throws Error(kResource) if
  // allocation fails; the picture is then empty.
  std::byte* resize(PixelType pixel_type, int rows, int columns, ptrdiff_t row_stride = 0, size_t slack = 0) {
    ImageView next{nullptr, pixel_type, rows, columns, row_stride};
    if (row_stride == 0) next.row_stride_bytes = static_cast<ptrdiff_t>(next.pixel_bytes()) * columns;
    const size_t bytes = static_cast<size_t>(next.row_stride_bytes) * static_cast<size_t>(rows) + slack;
    static_cast<ImageView&>(*this) = {};
    if (memory_.size() < bytes) memory_ = Buffer(bytes);
    next.pixels = memory_.data();
    static_cast<ImageView&>(*this) = next;
    return memory_.data();
  }

 private:
  Buffer memory_;
};

// The longest side that a picture may have: a bound for arithmetic, far above any camera.
inline constexpr int kMaxImageSide = 32768;

// The brightness of a pixel from its red, green and blue, 0 to 255 (ITU-R BT.601).
inline int64_t grey_of(const uint8_t* rgb) { return (77 * rgb[0] + 150 * rgb[1] + 29 * rgb[2] + 128) >> 8; }

}  // namespace trecvit
