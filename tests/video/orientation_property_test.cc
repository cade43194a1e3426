// Rotating and mirroring lose nothing, for pictures of every size.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdint>
#include <ostream>
#include <utility>
#include <vector>

#include "trecvit/video/orientation.h"

namespace trecvit {
namespace {

// Rows with a repeated pattern of bytes and unused bytes at the end.
struct TurnedPicture {
  int height = 1, width = 1, room = 0;  // room: unused bytes after each row
  std::vector<uint8_t> pattern = {0};

  ptrdiff_t stride() const { return ptrdiff_t{3} * width + room; }
  std::vector<uint8_t> memory() const {
    std::vector<uint8_t> all(static_cast<size_t>(stride() * height));
    for (size_t i = 0; i < all.size(); ++i) all[i] = pattern[i % pattern.size()];
    return all;
  }
};
std::ostream& operator<<(std::ostream& out, const TurnedPicture& picture) {
  return out << picture.width << " x " << picture.height << ", " << picture.room << " bytes after each row, pattern of "
             << picture.pattern.size();
}

rc::Gen<TurnedPicture> any_turned_picture() {
  using P = TurnedPicture;
  const auto bytes = rc::gen::nonEmpty(rc::gen::container<std::vector<uint8_t>>(rc::gen::arbitrary<uint8_t>()));
  return rc::gen::build<P>(rc::gen::set(&P::height, rc::gen::inRange(1, 50)),
                           rc::gen::set(&P::width, rc::gen::inRange(1, 50)),
                           rc::gen::set(&P::room, rc::gen::inRange(0, 9)), rc::gen::set(&P::pattern, bytes));
}

bool same_pixels(const ImageView& a, const ImageView& b) {
  if (a.height != b.height || a.width != b.width) return false;
  for (int y = 0; y < a.height; ++y) {
    const auto* row = a.row<uint8_t>(y);
    if (!std::equal(row, row + ptrdiff_t{3} * a.width, b.row<uint8_t>(y))) return false;
  }
  return true;
}

// The inverse of an orientation. If rows and columns are not exchanged, an orientation is its own inverse; if they are,
// the two mirrors are exchanged.
Orientation inverse_of(Orientation orientation) {
  if (orientation.transpose) std::swap(orientation.flip_x, orientation.flip_y);
  return orientation;
}

// A picture that is rotated and rotated back is unchanged.
RC_GTEST_PROP(OrientationProperty, RotatedBackIsUnchanged, ()) {
  const TurnedPicture picture = *any_turned_picture();
  const Orientation orientation{*rc::gen::arbitrary<bool>(), *rc::gen::arbitrary<bool>(), *rc::gen::arbitrary<bool>()};
  const auto memory = picture.memory();
  const ImageView view{memory.data(), PixelType::kU8, picture.height, picture.width, picture.stride()};
  Image turned, back;
  upright(view, orientation, turned);
  RC_ASSERT(turned.height == (orientation.transpose ? picture.width : picture.height));
  upright(turned.view(), inverse_of(orientation), back);
  RC_ASSERT(same_pixels(back.view(), view));
}

}  // namespace
}  // namespace trecvit
