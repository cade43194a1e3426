// What a weights file holds, judged by its names, if it is not a checkpoint of this network.
#pragma once

#include "trecvit/weights/weight_source.h"

namespace trecvit {

// Throws Error(kInput) with the number of tensors, some of their names, and what to do if the names suggest it: a clip
// in place of a model, arrays without names, an image ViT.
[[noreturn]] void fail_no_checkpoint(const WeightSource& weights);

}  // namespace trecvit
