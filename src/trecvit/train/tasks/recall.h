// Recalling a past frame: how much of what it saw a network retains after the last frame of a clip. The paper's memory
// task (5.4): the tokens of the last frame only, reshaped to a frame, predict the frame `back` frames earlier.
//
// B batch, T frames, N patches, D width, P patch side.
#pragma once

#include <memory>

#include "trecvit/config/train_config.h"
#include "trecvit/model/trecvit.h"
#include "trecvit/train/tasks/picture_task.h"
#include "trecvit/train/tasks/task_cost.h"

namespace trecvit::train {

TaskCost cost_of_recall(const TrainConfig& config, const ModelConfig& model);

// What a network needs in addition to its encoder to recall a frame.
class RecallHead : public torch::nn::Module {
 public:
  RecallHead(const ModelConfig& config, RecallNetwork network, int64_t frames, uint64_t seed);

  // The past frame of clips [B, T, H, W, 3] -> [B, N, P * P * 3], in the order of patches_of_clips; correct values are
  // in [0, 1].
  Tensor forward(const model::TRecViT& model, const Tensor& clips, const model::ForwardOptions& options) const;
  // From the tokens [B, N', D] of one frame, including the class token.
  Tensor pixels_of(const Tensor& tokens) const;

  std::shared_ptr<model::Dense> pixels;
  Tensor time;  // [1, T, 1, D], added to the tokens, aligned at the last frame; only for kPooledViT

 private:
  Tensor pooled(const model::TRecViT& model, const Tensor& clips) const;

  RecallNetwork network_;
  int64_t patches_;
};

// Trains on the beginning of the clips of each batch, with a length drawn from back + 1 to T: with a constant length,
// the wanted frame would always be the one at the same time after the start, and it would suffice to keep that frame.
// Tests use whole clips and report the PSNR of the past frame. Baselines: the last frame in its place, and the mean
// picture.
class Recall : public PictureTask {
 public:
  // Throws Error(kUsage) if settings are incompatible.
  Recall(const TrainConfig& config, const std::shared_ptr<model::TRecViT>& model, const ClipDataset& training_set);

  // Temporal blocks are not used in kPooledViT.
  bool learns(const TensorSpec& spec) const override;
  void learn(const Batch& batch, double share, const RandomStream& random, Loss& loss) override;

 private:
  Recall(const TrainConfig& config, std::shared_ptr<model::TRecViT> model, const ClipDataset& training_set,
         std::shared_ptr<RecallHead> head);
  // [B, H, W, 3], float.
  struct Frames {
    Tensor past, recalled, last;
  };
  double test_batch(const Batch& batch, TestPsnrs& psnrs) override;
  void describe(TestResult& result) const override;
  // The past frame, what was recalled, the difference, the last frame.
  std::optional<report::Picture> sheet(const ClipDataset& set) override;

  Tensor recall(const Tensor& clips) const;
  Tensor past(const Tensor& clips) const;  // [B, H, W, 3]
  Frames frames_of(const Batch& batch) const;

  std::shared_ptr<RecallHead> head_;
};

}  // namespace trecvit::train
