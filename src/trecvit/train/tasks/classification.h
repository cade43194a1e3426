// The supervised task: classes of clips or frames, predicted by the network's own head or by a probe of a frozen
// backbone, with image motion as an auxiliary objective if it is known for the clips.
#pragma once

#include <memory>

#include "trecvit/config/train_config.h"
#include "trecvit/data/evaluate.h"
#include "trecvit/train/tasks/motion_head.h"
#include "trecvit/train/tasks/objective.h"
#include "trecvit/train/tasks/probe.h"
#include "trecvit/train/tasks/task.h"

namespace trecvit::train {

// A batch on the device of the model.
struct DeviceBatch {
  Tensor clips;    // [B, T, H, W, 3] float32, in [0, 1]
  Tensor targets;  // [B, C], or [B, T, C] for targets per frame
  Tensor motion;   // [B, T, patches, 2], or undefined
};
DeviceBatch to_device(const Batch& batch, const ModelConfig& config, const at::Device& device, TargetKind target);

// A network and the probe that reads it; without a probe, its own head does.
struct Classifier {
  const model::TRecViT& model;
  const Probe* probe = nullptr;
};

// The state carried between the parts of a clip.
struct ClassifierState {
  model::ModelState model;
  ProbeState probe;

  void detach();
};

// The output for a part of a clip, and its logits for the targets: [B, C] after the last frame so far, or [B, T, C] for
// each frame by itself.
struct ClassifierOutput {
  model::Output output;
  Tensor logits;
};
ClassifierOutput run_classifier(const Classifier& classifier, const Tensor& frames, ClassifierState& state,
                                TargetKind target, const model::ForwardOptions& options = {});

// Class probabilities of a batch by the trainable model, in the form data/evaluate.h needs. What the classifier refers
// to must outlive the result.
Predict predict_with(const Classifier& classifier, const TrainConfig& config);

class Classification : public Task {
 public:
  // class_weights [C], or undefined.
  Classification(const TrainConfig& config, std::shared_ptr<model::TRecViT> model, const Tensor& class_weights);

  bool learns(const TensorSpec& spec) const override;
  std::map<std::string, LearntModule> modules() const override;
  void learn(const Batch& batch, double share, const RandomStream& random, Loss& loss) override;
  std::vector<std::string> step_columns() const override { return {"motion_loss", "accuracy"}; }
  std::vector<std::string> test_columns() const override {
    return {"accuracy", "balanced_accuracy", "loss", "mean_average_precision"};
  }
  TestResult test(const ClipDataset& set, const WorkControl& control) override;
  std::vector<report::Curves> curves() const override;
  void add_to(report::Report& report) const override;
  void save_companion(const std::string& model_folder) const override;

 private:
  struct Part {
    DeviceBatch batch;
    double share = 1;         // weight in the loss of the step
    double motion_share = 1;  // weight of the image motion loss; 0 if no frame has motion
    int64_t first_motion = 1;
  };
  void learn_part(const Part& part, ClassifierState& state, Loss& loss);
  Tensor mixed_targets(DeviceBatch& batch, const RandomStream& random) const;

  TrainConfig config_;
  std::shared_ptr<model::TRecViT> model_;
  at::Device device_;
  std::shared_ptr<MotionHead> motion_;
  std::shared_ptr<Probe> probe_;
  ClassificationOptions objective_;
  Evaluation tested_;
};

}  // namespace trecvit::train
