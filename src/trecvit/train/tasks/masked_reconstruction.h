// Masked auto-encoding: the encoder sees few patches of a clip, a light decoder reconstructs the pixels of the others.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "trecvit/config/train_config.h"
#include "trecvit/data/mask.h"
#include "trecvit/model/autocast.h"
#include "trecvit/model/reconstruction.h"
#include "trecvit/train/tasks/batch_mask.h"
#include "trecvit/train/tasks/picture_task.h"

namespace trecvit::train {

// Tests report the training loss and the PSNR of masked pixels, with a fixed mask per sample. Baselines that learn
// nothing (image/fill_in.h): the mean picture of the training set, the mean colour of the visible patches, the nearest
// visible patch, linear interpolation; with kFuture, the mean picture and the last visible frame.
class MaskedReconstruction : public PictureTask {
 public:
  // Throws Error(kUsage) if settings are incompatible.
  MaskedReconstruction(const TrainConfig& config, const std::shared_ptr<model::TRecViT>& model,
                       const ClipDataset& training_set);

  void learn(const Batch& batch, double share, const RandomStream& random, Loss& loss) override;
  void add_to(report::Report& report) const override;
  // The measured time of the encoder for visible patches only and for all patches.
  std::vector<std::string> notes() override;
  // The content of the sheet as a film, clips one below the other.
  std::optional<Film> film(const ClipDataset& set) override;

 private:
  MaskedReconstruction(const TrainConfig& config, std::shared_ptr<model::TRecViT> model,
                       const ClipDataset& training_set, std::shared_ptr<model::Reconstruction> reconstruction);
  struct Reconstructed {
    Tensor clips;   // [B, T, H, W, 3], the originals
    Tensor values;  // [B, T, N, P * P * 3], reconstructed
    model::PixelTarget target;
    BatchMask mask;
  };
  double test_batch(const Batch& batch, TestPsnrs& psnrs) override;
  void describe(TestResult& result) const override;
  // Each clip as original, masked input, reconstruction and difference.
  std::optional<report::Picture> sheet(const ClipDataset& set) override;

  Reconstructed reconstruct(const Tensor& clips, std::span<const Mask> masks);
  Tensor loss_of(const Reconstructed& result) const;
  // Reconstructed pixels where masked, original pixels elsewhere, [B, T, H, W, 3] in [0, 1].
  Tensor filled(const Reconstructed& result) const;
  void add_rules(const Tensor& clip, const Tensor& masked, const Tensor& where, TestPsnrs& psnrs);
  Tensor panels(const report::ShownClip& clip);
  std::vector<Mask> test_masks(const Batch& batch) const;

  MaskGrid grid_;
  std::shared_ptr<model::Reconstruction> reconstruction_;
  double masked_ = 0;  // fraction of patches hidden in the newest test
};

}  // namespace trecvit::train
