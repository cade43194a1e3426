// The trainable model behind the verbs that can run either execution. The programs that have LibTorch put it here.
#pragma once

#include <functional>
#include <set>
#include <span>
#include <string>

#include "trecvit/data/evaluate.h"
#include "trecvit/pipeline/tap_file.h"
#include "trecvit/weights/model_files.h"

namespace trecvit::cli {

struct ModelExecution {
  std::function<std::vector<std::string>(const ModelConfig& config)> tap_names;
  // pixels [T, H, W, 3] in [0, 1], split into `clips`.
  std::function<TapArrays(const ModelFiles& files, std::span<const float> pixels, int64_t clips, DumpMode mode,
                          const std::set<std::string>& names)>
      collect_taps;
  // Probabilities of batches, as data/evaluate.h asks for them, by a model that is loaded once. model_path: what
  // --model says, beside whose weights its probe is, if the config has one.
  std::function<Predict(const ModelFiles& files, const std::string& model_path, const TrainConfig& config)> predict;
  // The test of a linear baseline, "mean_frame" or "middle_frame", that is fitted to the config's data.train.
  std::function<Evaluation(const std::string& name, const TrainConfig& config, const EvaluateOptions& options)>
      baseline;
};

// Empty functions where there is none.
ModelExecution& model_execution();

// Whether `execution` is one of `words` and this program has it: Error(kUsage), or Error(kUnavailable).
void check_execution(const std::string& execution, const std::vector<std::string>& words);

}  // namespace trecvit::cli
