// The baseline that a video model has to beat: ridge regression from one grey picture of a clip to its class.
#pragma once

#include "trecvit/data/evaluate.h"
#include "trecvit/pipeline/model_execution.h"

namespace trecvit::train {

struct RidgeOptions {
  LinearBaseline feature = LinearBaseline::kMeanFrame;
  int64_t height = 0, width = 0;  // size of the clips
  EvaluateOptions evaluate;       // for both sets
};

// Fits one-hot targets to every clip of `train` once, on 24 x 24 grey pixels less their mean, with classes weighted
// equally; of eight penalties, the one with the smallest leave-one-out error is used. Returns the test on `val`.
Evaluation test_ridge(const ClipDataset& train, const ClipDataset& val, const RidgeOptions& options);

}  // namespace trecvit::train
