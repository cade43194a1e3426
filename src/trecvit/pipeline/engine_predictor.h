// The engine as what predicts in a test (data/evaluate.h).
#pragma once

#include "trecvit/data/evaluate.h"
#include "trecvit/pipeline/model_choice.h"

namespace trecvit {

// Every clip by itself, from an empty state: probabilities after softmax, or for several labels each by itself, of the
// last frame, or for targets per frame of every one. dataset: names clips in errors, must outlive the result. What is
// returned throws Error(kInput) that names clip and frame, and Stopped.
Predict predict_by_engine(const ModelFiles& files, const ModelChoice& choice, const ObjectiveConfig& objective,
                          const ClipDataset& dataset);

}  // namespace trecvit
