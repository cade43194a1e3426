// Turning and mirroring of pictures, as cameras write it into the header instead of the pixels.
#pragma once

#include <cstdint>
#include <span>

#include "trecvit/image/image.h"

namespace trecvit {

// The eight ways to hold a picture: rows and columns are exchanged first, then the result is mirrored.
struct Orientation {
  bool transpose = false;
  bool flip_x = false, flip_y = false;
  bool operator==(const Orientation&) const = default;
};

// From a display matrix (ISO 14496-12: a, b, u, c, d, v, x, y, w; a point goes to a x + c y, b x + d y): the nearest
// quarter turn and mirror image; upright when the matrix has none that is near.
Orientation orientation_from_matrix(std::span<const int32_t, 9> matrix);

// The upright picture in `out`, which owns another memory than `image`; bytes only.
void upright(const ImageView& image, Orientation orientation, Image& out);

}  // namespace trecvit
