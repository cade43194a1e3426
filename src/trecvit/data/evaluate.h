// Tests a classifier on a set of clips, whatever computes the predictions.
#pragma once

#include <functional>
#include <span>

#include "trecvit/base/work_control.h"
#include "trecvit/data/loader.h"
#include "trecvit/data/metrics.h"

namespace trecvit {

// Probabilities [B, C] of a batch: they sum to one, or, for several labels, each lies in [0, 1] independently.
using Predict = std::function<std::vector<float>(const Batch& batch)>;

// A sample after all its views.
struct TestedClip {
  int64_t index = 0;                     // in the set
  std::span<const float> probabilities;  // [C], or [T, C] for targets per frame: the mean over the views
  std::span<const float> targets;        // likewise
};

struct EvaluateOptions {
  int64_t batch = 16, workers = 1;
  BadFiles bad_files = BadFiles::kFail;
  double bad_limit = 0.1;
  Reordering frames;
  bool multi_label = false;
  int64_t mistakes = 0;                                // how many of the worst mistakes are kept with their pixels
  WorkControl control;                                 // told of the clips of each batch
  std::function<void(const TestedClip& clip)> tested;  // for each sample, in order
};

// The options with which a run tests its sets.
EvaluateOptions evaluate_options(const TrainConfig& config);

// The options with which a set is read for a test.
LoaderOptions loader_options(const EvaluateOptions& options);

struct Mistake {
  std::string name;
  int64_t truth = 0, predicted = 0;
  double probability = 0;       // of the predicted class
  std::vector<uint8_t> pixels;  // [T, H, W, 3] of the first view
};

struct Evaluation {
  ClassificationMetrics metrics;
  std::vector<Mistake> mistakes;                               // the most confident first
  std::vector<std::pair<std::string, std::string>> bad_files;  // name and reason
};

// Averages the probabilities over a sample's views. Throws Error(kInput) naming the clip if a probability is not
// finite, Stopped between two batches.
Evaluation evaluate(const ClipDataset& dataset, const EvaluateOptions& options, const Predict& predict);

}  // namespace trecvit
