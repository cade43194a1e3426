// One step of the optimiser: gradients of some batches, clipping, update.
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
  bool stopped = false;               // asked to stop between two batches; nothing was updated then
  std::string not_finite;             // what was NaN or infinite; nothing was updated then
  std::string broken;                 // a weight that is not finite after the update: the run cannot go on
  std::vector<std::string> outliers;  // "NAME 12.3 x"
};

class TrainStep {
 public:
  // steps: of the whole run.
  // group: learns together, each process from batches of its own; must live as long.
  TrainStep(const TrainConfig& config, std::shared_ptr<model::TRecViT> model, int64_t steps,
            std::shared_ptr<Learner> learner, const Group& group = group_of_one());

  // batches: of this process, as many in each. step: 0, 1, ... All that is random is a pure function of the run's seed,
  // `step` and the place of the batch among those of all processes. control: between two batches it is told that the
  // step is still at work, and its stop is looked at.
  StepResult run(std::span<const Batch> batches, int64_t step, const WorkControl& control = {});

  // The mean of the weights, those beside the network too, in their place, and back; nothing where there is no mean.
  void swap_mean();

  // What a checkpoint needs beside the weights: optimiser, mean, what the task learns beside the network, gradient
  // norms. Those in use: copying into them restores the step.
  std::map<std::string, Tensor> state() const;
  // The weights to keep: their mean where there is one.
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
  std::map<std::string, Tensor> beside_;  // what the task learns beside the network, by its name in checkpoints
  std::optional<AdamW> optimiser_;
  std::optional<WeightMean> mean_;
  Tensor usual_norms_;  // [parameters], exponential means; 0 where there was none yet
};

// The mean of the weights in their place while it lives.
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
