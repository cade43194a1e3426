#include "trecvit/train/tasks/batch_mask.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <vector>

#include "trecvit/base/error.h"

namespace trecvit::train {
namespace {

// Each row of a mask gives its visible patches in rising order.
void append_visible(const Mask& mask, const MaskGrid& grid, int64_t rows, std::vector<int64_t>& index) {
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t patch = 0; patch < grid.patches(); ++patch) {
      if (mask.masked[static_cast<size_t>(row * grid.patches() + patch)] == 0) index.push_back(patch);
    }
  }
}

}  // namespace

BatchMask batch_mask(std::span<const Mask> masks, const MaskGrid& grid, const at::Device& device) {
  TRECVIT_CHECK(!masks.empty());
  const auto batch = static_cast<int64_t>(masks.size());
  const bool tube = masks[0].is_tube();
  // Frames without a visible patch come last, and are the same in every clip.
  int64_t seen = grid.frames;
  const auto hidden = [&](int64_t frame) {
    const auto row = masks[0].masked.begin() + frame * grid.patches();
    return std::all_of(row, row + grid.patches(), [](uint8_t v) { return v != 0; });
  };
  while (!tube && seen > 1 && hidden(seen - 1)) --seen;
  // If each frame is visible as a whole or not at all, all visible frames are alike.
  const bool alike = tube || seen < grid.frames;
  const int64_t rows = alike ? 1 : grid.frames;
  std::vector<int64_t> index;
  Tensor masked = at::empty({batch, masks[0].rows, grid.patches()});
  auto* to = masked.mutable_data_ptr<float>();
  for (const auto& mask : masks) {
    append_visible(mask, grid, rows, index);
    to = std::copy(mask.masked.begin(), mask.masked.end(), to);
  }
  BatchMask out;
  out.visible.frames = seen;
  out.visible.index = at::tensor(index).view({batch, rows, -1}).to(device);
  out.masked = masked.to(device).expand({batch, grid.frames, grid.patches()});
  return out;
}

}  // namespace trecvit::train
