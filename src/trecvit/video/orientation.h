// Rotation and mirroring of pictures, which cameras record in the header instead of in the pixels.
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
// quarter turn and mirror image; upright if none is near.
Orientation orientation_from_matrix(std::span<const int32_t, 9> matrix);

// Writes the upright picture to `out`, whose memory must not be that of `image`; bytes only.
void upright(const ImageView& image, Orientation orientation, Image& out);

}  // namespace trecvit
