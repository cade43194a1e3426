// Answers about whole videos as a table.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trecvit/io/atomic_file.h"
#include "trecvit/pipeline/classify.h"
#include "trecvit/pipeline/prediction.h"

namespace trecvit {

// A CSV with one row per video: source, frames, seconds, and the best classes with their probabilities.
class AnswerTable {
 public:
  // Writes the header. Throws Error as AtomicFile does, here and in the other calls.
  AnswerTable(const std::string& path, Overwrite overwrite, int64_t topk, const ModelConfig& config);
  // top: the best classes of the answer.
  void add(const VideoAnswer& answer, const std::vector<Prediction>& top);
  // The file appears.
  void finish() { file_.commit(); }

 private:
  AtomicFile file_;
};

}  // namespace trecvit
