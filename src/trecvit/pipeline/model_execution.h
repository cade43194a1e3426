// What the trainable model does for those that can run it in place of the engine. Programs that have LibTorch fill it
// in (train/trainable_model.h); the others have none.
#pragma once

#include <functional>
#include <set>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "trecvit/data/evaluate.h"
#include "trecvit/io/json.h"
#include "trecvit/pipeline/tap_file.h"
#include "trecvit/weights/model_files.h"

namespace trecvit {

// Where the trainable model runs.
struct ModelRun {
  std::string device = "cpu";  // as LibTorch names it
  int threads = 1;
  std::stop_token stop = {};
};

// What a test of other tasks than classification says.
struct TaskTest {
  Json json;
  std::vector<std::pair<std::string, std::string>> facts;      // for people: name and value
  std::vector<std::pair<std::string, std::string>> bad_files;  // name and reason
};

struct ModelExecution {
  std::function<std::vector<std::string>(const ModelConfig& config)> tap_names;
  // pixels [T, H, W, 3] in [0, 1], split into `clips`.
  std::function<TapArrays(const ModelFiles& files, std::span<const float> pixels, int64_t clips, DumpMode mode,
                          const std::set<std::string>& names, const ModelRun& run)>
      collect_taps;
  // What comes out of a clip without anybody looking inside: by the operators that training uses, or frame by frame as
  // it is streamed. The taps encoder_norm, pre_logits, prefix_logits (the last two with a head) and state.*.
  std::function<TapArrays(const ModelFiles& files, std::span<const float> pixels, bool frame_by_frame,
                          const ModelRun& run)>
      collect_results;
  // Probabilities of batches, as data/evaluate.h asks for them, by a model that is loaded once, on the config's
  // run.device and run.threads. model_path: what --model says; a probe, if the config has one, is read from its folder.
  std::function<Predict(const ModelFiles& files, const std::string& model_path, const TrainConfig& config)> predict;
  // The test of a linear baseline, "mean_frame" or "middle_frame", that is fitted to the config's data.train.
  std::function<Evaluation(const std::string& name, const TrainConfig& config, const EvaluateOptions& options)>
      baseline;
  // Tests a run of trecvit pretrain on a set, with the reconstruction decoder stored next to the model.
  std::function<TaskTest(const ModelFiles& files, const std::string& model_path, const TrainConfig& config,
                         const ClipDataset& testing, const WorkControl& control)>
      test_task;
};

// Empty functions where there is none.
ModelExecution& model_execution();

// Whether `execution` is one of `words` and this program has it: Error(kUsage), or Error(kUnavailable).
void check_execution(const std::string& execution, const std::vector<std::string>& words);

}  // namespace trecvit
