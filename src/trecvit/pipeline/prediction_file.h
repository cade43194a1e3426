// A test's predictions for each clip, as a table.
#pragma once

#include <cstdint>

#include "trecvit/config/train_config.h"
#include "trecvit/data/clip_dataset.h"
#include "trecvit/data/evaluate.h"
#include "trecvit/io/atomic_file.h"

namespace trecvit {

// A CSV with one row per clip, or per frame if frames have labels of their own: source, frames, the frame (if per
// frame), label (several are separated by ';'), predicted, probability, and the next best classes with their
// probabilities.
class PredictionFile {
 public:
  // Writes the header; committing the file is left to the caller. file, set: must outlive this object.
  PredictionFile(AtomicFile& file, const ClipDataset& set, const TrainConfig& config);
  // For EvaluateOptions::tested.
  void add(const TestedClip& clip);

 private:
  AtomicFile& file_;
  const ClipDataset& set_;
  int64_t frames_;
  bool by_frame_;
};

}  // namespace trecvit
