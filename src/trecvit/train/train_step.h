// One step of the optimiser: gradients of one or more batches, clipping, update.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "trecvit/base/work_control.h"
#include "trecvit/config/train_config.h"
#include "trecvit/data/loader.h"
#include "trecvit/model/trecvit.h"
#include "trecvit/train/adamw.h"
#include "trecvit/train/ema.h"
#include "trecvit/train/group.h"
#include "trecvit/train/schedule.h"
#include "trecvit/train/tasks/task.h"

namespace trecvit::train {

using at::Tensor;

struct StepResult {
  Loss loss;
  double gradient_norm = 0;
  double learning_rate = 0;
  bool stopped = false;               // a stop was requested between two batches; nothing was updated
  std::string not_finite;             // what was NaN or infinite; nothing was updated
  std::string broken;                 // a weight that is not finite after the update: the run cannot continue
  std::vector<std::string> outliers;  // "NAME 12.3 x"
};

class TrainStep {
 public:
  // steps: of the whole run.
  // group: the processes that train together, each from its own batches; must outlive this object.
  TrainStep(const TrainConfig& config, std::shared_ptr<model::TRecViT> model, int64_t steps,
            std::shared_ptr<Learner> learner, const Group& group = group_of_one());

  // batches: of this process, the same number in each process. step: 0, 1, ... All randomness is a pure function of the
  // run's seed, `step` and the index of the batch among those of all processes. control: between two batches its
  // progress sink is told that the step is still at work, and its stop is checked.
  StepResult run(std::span<const Batch> batches, int64_t step, const WorkControl& control = {});

  // Swaps the weights, including those outside the network, with their mean; a second call swaps them back. Does
  // nothing if there is no mean.
  void swap_mean();

  // What a checkpoint needs in addition to the weights: optimiser, mean, what the task learns outside the network,
  // gradient norms. These are the live tensors: copying into them restores the step.
  std::map<std::string, Tensor> state() const;
  // The weights to keep: their mean if there is one.
  std::map<std::string, Tensor> weights_to_keep() const;
  // The weights in training, by name.
  std::map<std::string, Tensor> weights() const;

 private:
  std::string first_not_finite() const;
  void add_up(Loss& loss) const;
  std::string clip_gradients(StepResult& result);
  void find_outliers(const std::vector<Tensor>& norms, StepResult& result);

  TrainConfig config_;
  std::shared_ptr<model::TRecViT> model_;
  std::shared_ptr<Learner> learner_;
  const Group& group_;
  Schedule schedule_;
  std::vector<OptimisedParameter> parameters_;
  std::map<std::string, Tensor> task_parameters_;  // learnt outside the network, by the names in checkpoints
  std::optional<AdamW> optimiser_;
  std::optional<WeightMean> mean_;
  Tensor usual_norms_;  // [parameters], exponential means; 0 if there is none yet
};

// Replaces the weights by their mean for the lifetime of this object.
class MeanInPlace {
 public:
  explicit MeanInPlace(TrainStep& step) : step_(step) { step_.swap_mean(); }
  ~MeanInPlace() { step_.swap_mean(); }
  MeanInPlace(const MeanInPlace&) = delete;
  MeanInPlace& operator=(const MeanInPlace&) = delete;

 private:
  TrainStep& step_;
};

}  // namespace trecvit::train
