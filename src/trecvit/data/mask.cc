#include "trecvit/data/mask.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "trecvit/base/error.h"

namespace trecvit {
namespace {

// Successive numbers of a stream.
class PatchDraws {
 public:
  explicit PatchDraws(const RandomStream& random) : random_(random) {}
  // From 0 to `count` - 1.
  int64_t below(int64_t count) { return static_cast<int64_t>(random_.unit(next_++) * static_cast<double>(count)); }

 private:
  const RandomStream& random_;
  uint64_t next_ = 0;
};

// Masks `count` random patches of a row.
void mask_any(std::vector<uint8_t>& row, size_t begin, int64_t patches, int64_t count, PatchDraws& draws) {
  std::vector<int64_t> order(static_cast<size_t>(patches));
  std::iota(order.begin(), order.end(), 0);
  for (int64_t i = 0; i < count; ++i) {
    const auto at = static_cast<size_t>(i);
    std::swap(order[at], order[at + static_cast<size_t>(draws.below(patches - i))]);
    row[begin + static_cast<size_t>(order[at])] = 1;
  }
}

// Masks rectangles until `count` patches are masked; the last one is cut short row by row. Each covers an eighth to a
// half of the grid, with an aspect ratio within a factor of about two of the grid's.
void mask_blocks(std::vector<uint8_t>& masked, const MaskGrid& grid, int64_t count, PatchDraws& draws) {
  int64_t left = count;
  while (left > 0) {
    const auto side = [&](int64_t most) { return std::max<int64_t>(1, most * (35 + draws.below(36)) / 100); };
    const int64_t height = side(grid.rows), width = side(grid.columns);
    const int64_t top = draws.below(grid.rows - height + 1), first = draws.below(grid.columns - width + 1);
    for (int64_t y = top; y < top + height; ++y) {
      for (int64_t x = first; x < first + width && left > 0; ++x) {
        uint8_t& patch = masked[static_cast<size_t>(y * grid.columns + x)];
        left -= patch == 0 ? 1 : 0;
        patch = 1;
      }
    }
  }
}

}  // namespace

int64_t masked_count(int64_t count, const MaskConfig& config) {
  if (count < 2)
    fail_usage("mask", "expected at least 2 {} so that some can be masked, got {}",
               config.kind == MaskKind::kFuture ? "frames" : "patches", count);
  // Rounding may put products such as 0.9 * 10 slightly below the intended whole number.
  constexpr double kHair = 1e-9;
  const double wanted = config.ratio * static_cast<double>(count);
  const double rounded = config.rounding == Rounding::kDown ? std::floor(wanted + kHair)
                         : config.rounding == Rounding::kUp ? std::ceil(wanted - kHair)
                                                            : std::floor(wanted + 0.5);
  return std::clamp<int64_t>(static_cast<int64_t>(rounded), 1, count - 1);
}

Mask draw_mask(const MaskConfig& config, const MaskGrid& grid, const RandomStream& random) {
  const int64_t patches = grid.patches();
  const bool future = config.kind == MaskKind::kFuture;
  const int64_t count = masked_count(future ? grid.frames : patches, config);
  const bool tube = config.kind == MaskKind::kTube || config.kind == MaskKind::kBlock;
  Mask mask;
  mask.rows = tube ? 1 : grid.frames;
  mask.masked.assign(static_cast<size_t>(mask.rows * patches), 0);
  PatchDraws draws(random);
  if (future) {
    const auto seen = static_cast<ptrdiff_t>((grid.frames - count) * patches);
    std::fill(mask.masked.begin() + seen, mask.masked.end(), uint8_t{1});
  } else if (config.kind == MaskKind::kBlock) {
    mask_blocks(mask.masked, grid, count, draws);
  } else {
    for (int64_t row = 0; row < mask.rows; ++row)
      mask_any(mask.masked, static_cast<size_t>(row * patches), patches, count, draws);
  }
  return mask;
}

}  // namespace trecvit
