// One step of the optimiser: loss and gradients of some batches, clipping, update.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "trecvit/base/random.h"
#include "trecvit/config/train_config.h"
#include "trecvit/data/loader.h"
#include "trecvit/train/adamw.h"
#include "trecvit/train/ema.h"
#include "trecvit/train/motion_head.h"
#include "trecvit/train/objective.h"
#include "trecvit/train/probe.h"
#include "trecvit/train/schedule.h"

namespace trecvit::train {

// A batch on the device of the model.
struct DeviceBatch {
  Tensor clips;    // [B, T, H, W, 3] float32, in [0, 1]
  Tensor targets;  // [B, C] or [B, T, C]
  Tensor motion;   // [B, T, patches, 2], or undefined
};
DeviceBatch to_device(const Batch& batch, const ModelConfig& config, const at::Device& device);

// A network and what reads it, if that is not its own head.
struct Classifier {
  const model::TRecViT& model;
  const Probe* probe = nullptr;
};

// What a clip that comes in parts remembers.
struct ClassifierState {
  model::ModelState model;
  ProbeState probe;

  void detach();
};

// A part of a clip and its logits for the targets: [B, C] after the last frame so far, or [B, T, C] of each frame by
// itself.
struct Seen {
  model::Output output;
  Tensor logits;
};
Seen look_at(const Classifier& classifier, const Tensor& frames, ClassifierState& state, TargetKind target,
             const model::ForwardOptions& options = {});

// Products in bfloat16 while it lives, where asked for; sums and what is sensitive stay float32.
class Autocast {
 public:
  Autocast(bool bf16, const at::Device& device);
  ~Autocast();
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  at::DeviceType device_;
  bool before_;
};

struct StepResult {
  double loss = 0;         // classification, mean over the samples; not-a-number where all of them were bad
  double motion_loss = 0;  // 0 where there is none
  double accuracy = 0;     // of the clips as they were trained on; of frames where targets are frames'
  double gradient_norm = 0;
  double learning_rate = 0;
  std::string not_finite;             // what was NaN or infinite; nothing was updated then
  std::string broken;                 // a weight that is not finite after the update: the run cannot go on
  std::vector<std::string> outliers;  // "NAME 12.3 x"
};

class TrainStep {
 public:
  // class_weights [C], or undefined. steps: of the whole run.
  TrainStep(const TrainConfig& config, std::shared_ptr<model::TRecViT> model, int64_t steps,
            const Tensor& class_weights);

  // step: 0, 1, ... All that is random is a pure function of the run's seed and `step`.
  StepResult run(std::span<const Batch> batches, int64_t step);

  // The mean of the weights in place of the weights, and back; nothing where there is no mean.
  void swap_mean();

  // What a checkpoint needs beside the weights: optimiser, mean, auxiliary head or probe, gradient norms. Those in use:
  // copying into them restores the step.
  std::map<std::string, Tensor> state() const;
  // The weights to keep: their mean where there is one.
  std::map<std::string, Tensor> weights_to_keep() const;
  // The weights in training, by name.
  std::map<std::string, Tensor> weights() const;
  // What reads a frozen backbone, if the run trains one.
  const Probe* probe() const { return probe_.get(); }

 private:
  void accumulate(const DeviceBatch& batch, double share, const RandomStream& random, StepResult& result);
  struct Part {
    DeviceBatch batch;
    double share = 1;         // of the step's loss
    double motion_share = 1;  // of the loss of image motion; 0 where no frame has one
    int64_t first_motion = 1;
  };
  void learn_part(const Part& part, ClassifierState& state, StepResult& result);
  Tensor mixed_targets(DeviceBatch& batch, const RandomStream& random) const;
  std::string first_not_finite() const;
  std::string clip_gradients(StepResult& result);
  void find_outliers(const std::vector<Tensor>& norms, StepResult& result);

  TrainConfig config_;
  std::shared_ptr<model::TRecViT> model_;
  std::shared_ptr<MotionHead> motion_;
  std::shared_ptr<Probe> probe_;
  at::Device device_;
  Schedule schedule_;
  ClassificationOptions objective_;
  std::vector<OptimisedParameter> parameters_;
  std::optional<AdamW> optimiser_;
  std::optional<WeightMean> mean_;
  Tensor usual_norms_;  // [parameters], exponential means; 0 where there was none yet
};

}  // namespace trecvit::train
