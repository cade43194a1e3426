// Masks of clips as the encoder and the loss take them.
#pragma once

#include <ATen/core/Tensor.h>

#include <span>

#include "trecvit/data/mask.h"
#include "trecvit/model/trecvit.h"

namespace trecvit::train {

using at::Tensor;

// The masks of a batch.
struct BatchMask {
  model::Visible visible;
  Tensor masked;  // [B, T, N] float: 1 where hidden
};
// One mask per clip, all with the same config and grid.
BatchMask batch_mask(std::span<const Mask> masks, const MaskGrid& grid, const at::Device& device);

}  // namespace trecvit::train
