// Masked auto-encoding: the encoder sees few patches of a clip, a light decoder gives back the pixels of the others.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "trecvit/config/train_config.h"
#include "trecvit/data/mask.h"
#include "trecvit/model/autocast.h"
#include "trecvit/model/reconstruction.h"
#include "trecvit/train/tasks/picture_task.h"

namespace trecvit::train {

// The masks of a batch.
struct BatchMask {
  model::Visible visible;
  Tensor masked;  // [B, T, N] float: 1 where hidden
};
// One mask a clip, all of one config and grid.
BatchMask batch_mask(std::span<const Mask> masks, const MaskGrid& grid, const at::Device& device);

// Tests give the loss of training and the PSNR of masked pixels, with one mask a sample, always the same. Rules beside
// it (image/fill_in.h): the mean picture of the training set, the mean colour of what is visible, the nearest visible
// patch, linear interpolation; with kFuture the mean picture and the last frame seen.
class MaskedReconstruction : public PictureTask {
 public:
  // Throws Error(kUsage) for settings that do not go together.
  MaskedReconstruction(const TrainConfig& config, std::shared_ptr<model::TRecViT> model,
                       const ClipDataset& training_set);

  void learn(const Batch& batch, double share, const RandomStream& random, Loss& loss) override;
  void add_to(report::Report& report) const override;
  // How long the encoder takes for what is visible and for all, measured.
  std::vector<std::string> notes() override;
  // The same as a sheet, as a film, clips one under the other.
  std::optional<Film> film(const ClipDataset& set) override;

 private:
  MaskedReconstruction(const TrainConfig& config, std::shared_ptr<model::TRecViT> model,
                       const ClipDataset& training_set, std::shared_ptr<model::Reconstruction> reconstruction);
  struct Seen {
    Tensor clips;   // [B, T, H, W, 3], as they are
    Tensor values;  // [B, T, N, P * P * 3], reconstructed
    model::PixelTarget target;
    BatchMask mask;
  };
  double test_batch(const Batch& batch, TestPsnrs& psnrs) override;
  void describe(TestResult& result) const override;
  // Each clip as input, masked input, reconstruction and difference.
  std::optional<report::Picture> sheet(const ClipDataset& set) override;

  Seen reconstruct(const Tensor& clips, std::span<const Mask> masks);
  Tensor loss_of(const Seen& seen) const;
  // Pixels as reconstructed where masked and as they are elsewhere, [B, T, H, W, 3] in [0, 1].
  Tensor filled(const Seen& seen) const;
  void add_rules(const Tensor& clip, const Tensor& masked, const Tensor& where, TestPsnrs& psnrs);
  Tensor panels(const report::ShownClip& clip);
  std::vector<Mask> test_masks(const Batch& batch) const;

  MaskGrid grid_;
  std::shared_ptr<model::Reconstruction> reconstruction_;
  double masked_ = 0;  // measured in the newest test: the part of the patches that was hidden
};

}  // namespace trecvit::train
