// Masks of masked auto-encoding. 1, or `masked`, always means hidden from the encoder.
#pragma once

#include <cstdint>
#include <vector>

#include "trecvit/base/random.h"
#include "trecvit/config/train_config.h"

namespace trecvit {

// The grid of patches that masks are drawn for.
struct MaskGrid {
  int64_t rows = 0, columns = 0;  // of patches
  int64_t frames = 0;             // T

  int64_t patches() const { return rows * columns; }
};

// Which patches of a clip are masked.
struct Mask {
  // [1, patches] if all frames share one mask (kTube, kBlock), otherwise [T, patches].
  std::vector<uint8_t> masked;
  int64_t rows = 0;  // 1 or T

  bool is_tube() const { return rows == 1; }
};

// How many of `count` patches (frames for kFuture) are masked: at least one, and at least one stays visible. Throws
// Error(kUsage) for a count below two.
int64_t masked_count(int64_t count, const MaskConfig& config);

// A mask as configured; a pure function of its arguments. Masks of one config and grid have the same number of visible
// patches in every frame that has any, so that the visible patches of a batch form one tensor. Throws Error(kUsage) for
// a grid of one patch, or of one frame with kFuture.
Mask draw_mask(const MaskConfig& config, const MaskGrid& grid, const RandomStream& random);

}  // namespace trecvit
