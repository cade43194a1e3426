// The trainable model in place of the engine, for programs that have LibTorch.
#pragma once

#include "trecvit/pipeline/model_execution.h"

namespace trecvit::train {

ModelExecution trainable_model();

}  // namespace trecvit::train
