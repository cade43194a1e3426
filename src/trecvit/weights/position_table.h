// Position tables at another picture size: entries lie on the grid of patches, and new ones are read between them.
#pragma once

#include <optional>

#include "trecvit/base/tensor.h"

namespace trecvit {

struct PatchGrid {
  int64_t rows = 0, columns = 0;
  bool operator==(const PatchGrid&) const = default;
};

// The square grid of so many patches, where there is one.
std::optional<PatchGrid> square_grid(int64_t patches);

// table: float32 [1, from.rows * from.columns, D], of a grid with at least one patch. Returns
// [1, to.rows * to.columns, D]: bilinear, the corner patches of both grids on each other, as the published image ViTs
// are moved to other sizes, so nothing is read from outside the table. An axis with one new patch is read in the
// middle. The same grid gives the same bits.
HostTensor resize_positions(const HostTensor& table, PatchGrid from, PatchGrid to);

}  // namespace trecvit
