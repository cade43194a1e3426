// Predictions by the engine for a test (data/evaluate.h).
#pragma once

#include "trecvit/data/evaluate.h"
#include "trecvit/pipeline/model_choice.h"

namespace trecvit {

// Runs every clip from an empty state. Gives probabilities after softmax, or independent ones for several labels, of
// the last frame, or of every frame if targets are per frame. dataset: names clips in errors; must outlive the result.
// The returned function throws Error(kInput) naming clip and frame, and Stopped.
Predict predict_by_engine(const ModelFiles& files, const ModelChoice& choice, const ObjectiveConfig& objective,
                          const ClipDataset& dataset);

}  // namespace trecvit
