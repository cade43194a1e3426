// Image ViTs as a starting point: a trained image network gives a TRecViT its patch embedding, positions, class token,
// spatial blocks and last norm. With temporal blocks that add nothing, the model then computes for every frame what the
// image network computes for a picture, with these exceptions:
//
// - The position table is resized if the patch grids differ (weights/position_table.h).
// - Here the class token has no position. If it has one in the image network, that is added to the token, which gives
//   the same sum.
// - Image networks read (v - mean) / std, this model reads v in [0, 1]. That is folded into the patch embedding:
//   kernel / std, and the bias minus the sum of kernel * mean / std. Exact except for one rounding.
// - gelu has the tanh form here and in the published .npz files. timm computes the exact form with the same weights;
//   the two differ by up to 5e-4.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "trecvit/config/model_config.h"
#include "trecvit/weights/weight_source.h"

namespace trecvit {

// How the image network scaled its input: (v - mean) / std of v in [0, 1], for red, green, blue. No file records it;
// all published .npz files and timm's models of them use 0.5, models from other sources often use other numbers.
struct ImageVitInput {
  std::array<double, 3> mean{0.5, 0.5, 0.5}, std{0.5, 0.5, 0.5};
};

struct ImageVit {
  // The tensors that the file provides, with the names and shapes of the target; no temporal blocks, no decoder.
  std::unique_ptr<WeightSource> weights;
  std::string kind;                // "image ViT (npz)" or "image ViT (timm)"
  std::vector<std::string> notes;  // what was changed, one sentence each
};

// Whether a file's tensor names are those of an image ViT (weights/image_vit_layout.h).
bool is_image_vit(const WeightSource& file);

// Takes the file, which must be an image ViT. Throws one Error(kInput) that lists everything in which it differs from
// the spatial half of `target` (a valid config): sizes, missing tensors, tensors that have no place in the model. The
// number of heads does not show in timm's files, so the target's is assumed. Throws Error(kUsage) for a mean or std
// that is not finite and for a std that is not positive.
ImageVit open_image_vit(std::unique_ptr<WeightSource> file, const ModelConfig& target, const ImageVitInput& input = {});

}  // namespace trecvit
