// Giving back a past frame: how much of what was seen a network still has after the last frame of a clip. The paper's
// memory task (5.4): the tokens of the last frame alone, reshaped to a frame, give the frame `back` frames before it.
//
// B batch, T frames, N patches, D width, P patch side.
#pragma once

#include <memory>

#include "trecvit/config/train_config.h"
#include "trecvit/model/trecvit.h"
#include "trecvit/train/tasks/picture_task.h"

namespace trecvit::train {

// What a network has beside its encoder to give back a frame.
class RecallHead : public torch::nn::Module {
 public:
  RecallHead(const ModelConfig& config, RecallNetwork network, int64_t frames, uint64_t seed);

  // The past frame of clips [B, T, H, W, 3] -> [B, N, P * P * 3], in the order of patches_of_clips, in [0, 1] where
  // right.
  Tensor forward(const model::TRecViT& model, const Tensor& clips, const model::ForwardOptions& options) const;
  // From the tokens [B, N', D] of one frame, the class token among them.
  Tensor pixels_of(const Tensor& tokens) const;

  std::shared_ptr<model::Dense> pixels;
  Tensor time;  // [1, T, 1, D], added to the tokens, its end to those of the last frame; of kPooledViT, undefined else

 private:
  Tensor pooled(const model::TRecViT& model, const Tensor& clips) const;

  RecallNetwork network_;
  int64_t patches_;
};

// Learns from the beginning of each batch's clips, of a length that is drawn from back + 1 to T: were it always the
// same, the frame asked for would be that of one moment after the start, and keeping that one would do. Tests take
// whole clips and give the PSNR of the past frame. Rules beside it: the last frame in its place, and the mean picture.
class Recall : public PictureTask {
 public:
  // Throws Error(kUsage) for settings that do not go together.
  Recall(const TrainConfig& config, std::shared_ptr<model::TRecViT> model, const ClipDataset& training_set);

  // Temporal blocks have no part in kPooledViT.
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
