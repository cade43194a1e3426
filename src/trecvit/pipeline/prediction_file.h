// A test's predictions for each clip, as a table.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "trecvit/config/train_config.h"
#include "trecvit/data/clip_dataset.h"
#include "trecvit/data/evaluate.h"
#include "trecvit/io/atomic_file.h"

namespace trecvit {

// A CSV with one row per clip, or per frame if frames have labels of their own: source, frames,
// the frame (if per frame), label (several are
// separated by ';'), predicted, probability, and the next best classes with their probabilities.
class PredictionFile {
 public:
  // Throws as AtomicFile.
  PredictionFile(const std::string& path, Overwrite overwrite) : file_(path, overwrite) {}
  // Calls add() for the tested clips of the set. The set must outlive the options.
  void follow(const ClipDataset& set, const TrainConfig& config, EvaluateOptions& options);
  // Commits the file under its name.
  void finish() { file_.commit(); }

 private:
  void add(const TestedClip& clip);

  AtomicFile file_;
  const ClipDataset* set_ = nullptr;
  int64_t frames_ = 0;
  bool by_frame_ = false;
};

}  // namespace trecvit
