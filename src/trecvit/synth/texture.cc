#include "trecvit/synth/texture.h"

#include "trecvit/base/error.h"
#include "trecvit/base/random.h"

namespace trecvit {
namespace {

constexpr int kCell = 16;  // pixels between lattice points, between which the patches are interpolated

// Random bytes on a lattice, interpolated linearly between its points.
class Lattice {
 public:
  Lattice(uint64_t seed, int width) : random_(seed, "texture"), columns_(static_cast<uint64_t>(width / kCell + 2)) {}

  int at(int y, int x, int channel) const {
    const int cy = y / kCell, cx = x / kCell, fy = y % kCell, fx = x % kCell;
    const int top = point(cy, cx, channel) * (kCell - fx) + point(cy, cx + 1, channel) * fx;
    const int bottom = point(cy + 1, cx, channel) * (kCell - fx) + point(cy + 1, cx + 1, channel) * fx;
    return (top * (kCell - fy) + bottom * fy) / (kCell * kCell);
  }

 private:
  int point(int y, int x, int channel) const {
    return random_.byte((static_cast<uint64_t>(y) * columns_ + static_cast<uint64_t>(x)) * 3 +
                        static_cast<uint64_t>(channel));
  }
  RandomStream random_;
  uint64_t columns_;
};

}  // namespace

void check_frame_size(std::string_view where, const FrameSize& size) {
  if (size.height < 1 || size.width < 1 || size.height > kMaxSynthSide || size.width > kMaxSynthSide) {
    fail_usage(where, "expected a size of 1x1 to {0}x{0}, got {1}x{2} (height x width)", kMaxSynthSide, size.height,
               size.width);
  }
}

void paint_texture(uint64_t seed, const FrameSize& size, std::span<uint8_t> rgb) {
  TRECVIT_CHECK(rgb.size() == size.bytes());
  const Lattice patches(seed, size.width);
  const RandomStream grain(seed, "grain");
  size_t i = 0;
  for (int y = 0; y < size.height; ++y) {
    for (int x = 0; x < size.width; ++x) {
      for (int c = 0; c < 3; ++c, ++i) {
        rgb[i] = static_cast<uint8_t>(20 + patches.at(y, x, c) * 84 / 255 + grain.byte(i) / 15);
      }
    }
  }
}

}  // namespace trecvit
