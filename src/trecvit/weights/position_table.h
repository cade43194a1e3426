// Position tables for another picture size: entries lie on the patch grid, and new ones are interpolated between them.
#pragma once

#include <optional>

#include "trecvit/base/tensor.h"

namespace trecvit {

struct PatchGrid {
  int64_t rows = 0, columns = 0;
  bool operator==(const PatchGrid&) const = default;
};

// The square grid with this many patches, if there is one.
std::optional<PatchGrid> square_grid(int64_t patches);

// table: float32 [1, from.rows * from.columns, D], of a grid with at least one patch. Returns
// [1, to.rows * to.columns, D]: bilinear, with the corner patches of both grids aligned, as the published image ViTs
// are moved to other sizes, so nothing is read from outside the table. An axis with only one new patch is read at the
// middle. If both grids are the same, the bits are the same.
HostTensor resize_positions(const HostTensor& table, PatchGrid from, PatchGrid to);

}  // namespace trecvit
