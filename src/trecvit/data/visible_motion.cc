#include "trecvit/data/visible_motion.h"

#include <algorithm>

#include "trecvit/base/error.h"

namespace trecvit {
namespace {

constexpr int kCells = 8;        // per side
constexpr int kLively = 3 * 24;  // minimum range of R + G + B within a cell
constexpr int kEnough = kCells * kCells / 4;

int range_of(std::span<const uint8_t> rgb, const FrameSize& size, int row, int column) {
  int least = 3 * 255, most = 0;
  for (int y = row * size.height / kCells; y < (row + 1) * size.height / kCells; ++y) {
    for (int x = column * size.width / kCells; x < (column + 1) * size.width / kCells; ++x) {
      const uint8_t* pixel = rgb.data() + (static_cast<ptrdiff_t>(y) * size.width + x) * 3;
      const int sum = pixel[0] + pixel[1] + pixel[2];
      least = std::min(least, sum);
      most = std::max(most, sum);
    }
  }
  return most - least;
}

}  // namespace

bool has_something_to_see(std::span<const uint8_t> rgb, const FrameSize& size) {
  TRECVIT_CHECK(rgb.size() == size.bytes());
  if (size.height < kCells || size.width < kCells) return true;
  int lively = 0;
  for (int cell = 0; cell < kCells * kCells; ++cell)
    lively += range_of(rgb, size, cell / kCells, cell % kCells) >= kLively ? 1 : 0;
  return lively >= kEnough;
}

}  // namespace trecvit
