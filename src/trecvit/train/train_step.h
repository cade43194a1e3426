// One step of the optimiser: gradients of some batches, clipping, update.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "trecvit/config/train_config.h"
#include "trecvit/data/loader.h"
#include "trecvit/model/trecvit.h"
#include "trecvit/train/adamw.h"
#include "trecvit/train/ema.h"
#include "trecvit/train/schedule.h"
#include "trecvit/train/task.h"

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
  TrainStep(const TrainConfig& config, std::shared_ptr<model::TRecViT> model, int64_t steps,
            std::shared_ptr<Task> task);

  // step: 0, 1, ... All that is random is a pure function of the run's seed and `step`. stop: asked between batches.
  StepResult run(std::span<const Batch> batches, int64_t step, const std::function<bool()>& stop = {});

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
  std::string clip_gradients(StepResult& result);
  void find_outliers(const std::vector<Tensor>& norms, StepResult& result);

  TrainConfig config_;
  std::shared_ptr<model::TRecViT> model_;
  std::shared_ptr<Task> task_;
  Schedule schedule_;
  std::vector<OptimisedParameter> parameters_;
  std::map<std::string, Tensor> beside_;  // what the task learns beside the network, by its name in checkpoints
  std::optional<AdamW> optimiser_;
  std::optional<WeightMean> mean_;
  Tensor usual_norms_;  // [parameters], exponential means; 0 where there was none yet
};

}  // namespace trecvit::train
