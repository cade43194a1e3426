// What a file of weights holds that is no checkpoint of this network, by its names.
#pragma once

#include "trecvit/weights/weight_source.h"

namespace trecvit {

// Throws Error(kInput) with the number of tensors, some of their names, and what to do where the names say it: a clip
// in the place of a model, arrays without names, an image ViT.
[[noreturn]] void fail_no_checkpoint(const WeightSource& weights);

}  // namespace trecvit
