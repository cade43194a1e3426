// Reconstructs the pixels of masked patches from the tokens of visible ones: the decoder of masked auto-encoding (He et
// al. 2022; for video Tong et al. 2022). Not to be confused with the classifier, which published checkpoints call
// decoder.
//
// B batch, T frames, N patches, V' visible tokens, D width of the encoder, E width of this decoder, P patch side.
#pragma once

#include <memory>
#include <vector>

#include "trecvit/config/train_config.h"
#include "trecvit/model/trecvit.h"

namespace trecvit::model {

// The sizes of the blocks, as those of a model. Throws Error(kUsage) if the width is not a multiple of 4 and of the
// number of heads.
ModelConfig reconstruction_sizes(const ModelConfig& encoder, const ReconstructionConfig& config);

// embed: D -> E. Every masked patch is the same learnt token; all patches get fixed positions (sines and cosines). Then
// blocks, LayerNorm, and a dense layer to pixels. Blocks with memory run over all patches, including masked ones, and
// are causal: a frame is reconstructed from itself and the frames before it.
class Reconstruction : public torch::nn::Module {
 public:
  // Throws as reconstruction_sizes.
  Reconstruction(const ModelConfig& encoder, const ReconstructionConfig& config);

  using State = std::vector<RecurrenceState>;  // one per block; empty before the first frame

  // seen [B, F, V', D] from the encoder, F <= frames -> [B, frames, N, P * P * 3], in the order of patches_of_clips;
  // frames after the first F consist of masked patches only. `state`: the state after the frames before; updated to the
  // state after the last frame.
  Tensor forward(const Tensor& seen, const Visible& visible, int64_t frames, State& state,
                 const ForwardOptions& options = {}) const;
  // One frame: seen [B, V', D] -> [B, N, P * P * 3].
  Tensor step(const Tensor& seen, const Visible& visible, State& state) const;

  const ModelConfig& sizes() const { return sizes_; }

  std::shared_ptr<Dense> embed, pixels;
  Tensor mask_token;                                     // [1, 1, 1, E]
  std::vector<std::shared_ptr<TemporalBlock>> temporal;  // empty if every frame is reconstructed independently
  std::vector<std::shared_ptr<SpatialBlock>> spatial;
  std::shared_ptr<LayerNorm> norm;

 private:
  Tensor grid_of(const Tensor& seen, const Visible& visible, int64_t frames) const;
  Tensor pixels_of(const Tensor& tokens) const;

  ModelConfig sizes_;
  Tensor positions_;  // [1, 1, N, E], float64
};

// The target of the reconstruction, from clips [B, T, H, W, 3]: patches [B, T, N, P * P * 3]. If `normalised`, less the
// mean and divided by the standard deviation (unbiased, + 1e-6) of each patch and channel, as Tong et al. do.
struct PixelTarget {
  Tensor values;
  Tensor mean, deviation;  // [B, T, N, 1, 3]; undefined for raw values
};
PixelTarget pixel_target(const Tensor& clips, const ModelConfig& config, bool normalised);
// Pixels of reconstructed values [B, T, N, P * P * 3]. If the target was normalised, this uses the mean and deviation
// of the true clip, which the network does not know.
Tensor undo(const Tensor& values, const PixelTarget& target);

// Mean squared error of values [B, T, N, P * P * 3] over masked patches, masked [B, T, N] in {0, 1}; over all patches
// if `masked` is undefined.
Tensor reconstruction_loss(const Tensor& values, const Tensor& target, const Tensor& masked);

}  // namespace trecvit::model
