// Moves a batch of clips to the device of the model, and gives the precision of a run there: what every task begins
// with.
#pragma once

#include <ATen/core/Tensor.h>

#include "trecvit/config/model_config.h"
#include "trecvit/config/train_config.h"
#include "trecvit/data/loader.h"
#include "trecvit/model/autocast.h"

namespace trecvit::train {

// The clips of a batch [B, T, H, W, 3] float32, in [0, 1], on the device.
at::Tensor clips_to_device(const Batch& batch, const ModelConfig& config, const at::Device& device);

// bfloat16 for products, if the run asks for it.
model::AutocastState autocast_of(const TrainConfig& config, const at::Device& device);

}  // namespace trecvit::train
