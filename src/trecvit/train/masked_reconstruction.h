// Masked auto-encoding: the encoder sees few patches of a clip, a light decoder gives back the pixels of the others.
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "trecvit/config/train_config.h"
#include "trecvit/data/mask.h"
#include "trecvit/model/autocast.h"
#include "trecvit/model/reconstruction.h"
#include "trecvit/train/frame_sheet.h"
#include "trecvit/train/task.h"

namespace trecvit::train {

using at::Tensor;

// The masks of a batch.
struct BatchMask {
  model::Visible visible;
  Tensor masked;  // [B, T, N] float: 1 where hidden
};
// One mask a clip, all of one config and grid.
BatchMask batch_mask(std::span<const Mask> masks, const MaskGrid& grid, const at::Device& device);

class MaskedReconstruction : public Task {
 public:
  // training_set: whose mean picture is one of the rules that a reconstruction is compared with; must live as long.
  // Throws Error(kUsage) for settings that do not go together.
  MaskedReconstruction(const TrainConfig& config, std::shared_ptr<model::TRecViT> model,
                       const ClipDataset& training_set);

  std::map<std::string, std::shared_ptr<torch::nn::Module>> modules() const override;
  void learn(const Batch& batch, double share, const RandomStream& random, Loss& loss) override;
  std::vector<std::string> step_columns() const override { return {}; }
  std::vector<std::string> test_columns() const override { return {"loss", "psnr"}; }
  // One mask a sample, always the same. The loss is that of training; PSNR is over masked pixels, the mean over the
  // clips, beside rules that learn nothing (image/fill_in.h).
  TestResult test(const ClipDataset& set, const std::function<void(int64_t clips)>& progress) override;
  std::vector<Curves> curves() const override;
  void add_to(Report& report) const override;
  // One sheet: some clips of the set, each as input, masked input, reconstruction and difference.
  std::vector<NamedPicture> draw(const ClipDataset& set) override;
  // The same as a film, clips one under the other.
  std::optional<Film> film(const ClipDataset& set) override;
  // reconstruction.safetensors
  void save_beside(const std::string& model_folder) const override;

 private:
  struct Seen {
    Tensor values;  // [B, T, N, P * P * 3], reconstructed
    model::PixelTarget target;
    BatchMask mask;
  };
  Seen reconstruct(const Tensor& clips, std::span<const Mask> masks);
  Tensor loss_of(const Seen& seen) const;
  // Pixels as reconstructed where masked and as they are elsewhere, [B, T, H, W, 3] in [0, 1].
  Tensor filled(const Seen& seen) const;
  Tensor panels(const ShownClip& clip);
  std::vector<Mask> test_masks(const Batch& batch) const;
  const Tensor& mean_picture();

  TrainConfig config_;
  std::shared_ptr<model::TRecViT> model_;
  const ClipDataset& training_set_;
  at::Device device_;
  MaskGrid grid_;
  std::shared_ptr<model::Reconstruction> reconstruction_;
  Tensor mean_picture_;  // [H, W, 3] in [0, 1]; undefined until it is asked for
  TestResult tested_;
  std::vector<NamedPicture> drawn_;
};

inline constexpr const char* kReconstructionFile = "reconstruction.safetensors";

}  // namespace trecvit::train
