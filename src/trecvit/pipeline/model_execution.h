// Functions of the trainable model, for code that can run it in place of the engine. Programs that have LibTorch fill
// them in (train/trainable_model.h); in other programs they are empty.
#pragma once

#include <functional>
#include <set>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "trecvit/base/words.h"
#include "trecvit/data/evaluate.h"
#include "trecvit/io/json.h"
#include "trecvit/pipeline/tap_file.h"
#include "trecvit/weights/model_files.h"

namespace trecvit {

// Where the trainable model runs.
struct ModelRun {
  std::string device = "cpu";  // in LibTorch's notation
  int threads = 1;
  std::stop_token stop = {};
};

// The result of a test of a task other than classification.
struct TaskTest {
  Json json;
  std::vector<std::pair<std::string, std::string>> facts;      // for people: name and value
  std::vector<std::pair<std::string, std::string>> bad_files;  // name and reason
};

// Ridge regression from one grey picture a clip: the mean of its frames, or the frame in the middle.
enum class LinearBaseline { kMeanFrame, kMiddleFrame };
constexpr auto enum_words(LinearBaseline) {
  return make_words<LinearBaseline>(
      {{"mean_frame", LinearBaseline::kMeanFrame}, {"middle_frame", LinearBaseline::kMiddleFrame}});
}

struct ModelExecution {
  std::function<std::vector<std::string>(const ModelConfig& config)> tap_names;
  // pixels [T, H, W, 3] in [0, 1], split into `clips`.
  std::function<TapArrays(const ModelFiles& files, std::span<const float> pixels, int64_t clips, DumpMode mode,
                          const std::set<std::string>& names, const ModelRun& run)>
      collect_taps;
  // The results of a clip without collecting intermediate taps: computed by the operators that training uses, or frame
  // by frame as in streaming. Returns the taps encoder_norm, pre_logits, prefix_logits (the last two with a head) and
  // state.*.
  std::function<TapArrays(const ModelFiles& files, std::span<const float> pixels, bool frame_by_frame,
                          const ModelRun& run)>
      collect_results;
  // Probabilities of batches, as data/evaluate.h requires, by a model that is loaded once, on the config's run.device
  // and run.threads. model_path: the value of --model; if the config has a probe, it is read from the model's folder.
  std::function<Predict(const ModelFiles& files, const std::string& model_path, const TrainConfig& config)> predict;
  // Tests a linear baseline, fitted to the config's data.train.
  std::function<Evaluation(LinearBaseline kind, const TrainConfig& config, const EvaluateOptions& options)> baseline;
  // Tests a run of trecvit pretrain on a set, with the reconstruction decoder stored next to the model.
  std::function<TaskTest(const ModelFiles& files, const std::string& model_path, const TrainConfig& config,
                         const ClipDataset& testing, const WorkControl& control)>
      test_task;
};

// Its functions are empty if there is no trainable model.
ModelExecution& model_execution();

// What computes: the engine, or the trainable model in its place.
enum class Execution { kEngine, kModel };
constexpr auto enum_words(Execution) {
  return make_words<Execution>({{"engine", Execution::kEngine}, {"model", Execution::kModel}});
}

// Throws Error(kUsage) if `execution` is not one of `words`, Error(kUnavailable) if this program does not have it. The
// first word must be the engine.
void check_execution(const std::string& execution, const std::vector<std::string>& words);

// The value of --execution, of type Execution or Checked (model_check.h). Throws as check_execution does.
template <class Enum>
Enum parse_execution(const std::string& execution) {
  check_execution(execution, words_for<Enum>());
  return *value_of<Enum>(execution);
}

}  // namespace trecvit
