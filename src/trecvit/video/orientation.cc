#include "trecvit/video/orientation.h"

#include <algorithm>
#include <cstdlib>

#include "trecvit/base/error.h"

namespace trecvit {
namespace {

constexpr int kTile = 16;  // pixels: a tile of the source stays in the first-level cache while columns become rows

// Both numbers on one axis are clearly larger than both on the other, so noise in a matrix does not turn a picture.
bool dominate(int32_t a, int32_t b, int32_t other_a, int32_t other_b) {
  const auto size = [](int32_t value) { return std::abs(int64_t{value}); };
  return std::min(size(a), size(b)) > 2 * std::max(size(other_a), size(other_b));
}

// Byte offset in the source of output pixel (y, x) = start + y * step_y + x * step_x.
struct Walk {
  ptrdiff_t start, step_y, step_x;
};

Walk make_walk(const ImageView& image, Orientation orientation, int out_height, int out_width) {
  Walk walk{0, image.row_stride_bytes, 3};
  if (orientation.transpose) std::swap(walk.step_y, walk.step_x);
  if (orientation.flip_x) {
    walk.start += walk.step_x * (out_width - 1);
    walk.step_x = -walk.step_x;
  }
  if (orientation.flip_y) {
    walk.start += walk.step_y * (out_height - 1);
    walk.step_y = -walk.step_y;
  }
  return walk;
}

}  // namespace

Orientation orientation_from_matrix(std::span<const int32_t, 9> matrix) {
  const int32_t a = matrix[0], b = matrix[1], c = matrix[3], d = matrix[4];
  if (dominate(a, d, b, c)) return {false, a < 0, d < 0};
  if (dominate(b, c, a, d)) return {true, c < 0, b < 0};
  return {};
}

void upright(const ImageView& image, Orientation orientation, Image& out) {
  TRECVIT_CHECK(image.type == PixelType::kU8);
  const int height = orientation.transpose ? image.width : image.height;
  const int width = orientation.transpose ? image.height : image.width;
  auto* pixels = reinterpret_cast<uint8_t*>(out.resize(PixelType::kU8, height, width));

  const Walk walk = make_walk(image, orientation, height, width);
  const uint8_t* source = image.row<uint8_t>(0) + walk.start;
  const auto copy_row = [&](int y, int begin, int end) {
    const uint8_t* from = source + y * walk.step_y + begin * walk.step_x;
    uint8_t* to = pixels + y * out.row_stride_bytes + begin * ptrdiff_t{3};
    for (int x = begin; x < end; ++x, from += walk.step_x, to += 3) std::copy_n(from, 3, to);
  };
  for (int top = 0; top < height; top += kTile) {
    for (int left = 0; left < width; left += kTile) {
      for (int y = top; y < std::min(top + kTile, height); ++y) copy_row(y, left, std::min(left + kTile, width));
    }
  }
}

}  // namespace trecvit
