// Image ViTs as a start: a trained image network gives a TRecViT its patch embedding, positions, class token, spatial
// blocks and last norm. With temporal blocks that add nothing, the model then computes for every frame what the image
// network computes for a picture, but for these:
//
// - The position table is resized where the grids of patches differ (weights/position_table.h).
// - Here the class token has no position. Where the image network's has one, it is added to the token, which is the
//   same sum.
// - Image networks read (v - mean) / std, this model v in [0, 1]. That is folded into the patch embedding: kernel /
// std,
//   and a bias less the sum of kernel * mean / std. Exact but for one rounding.
// - gelu is the tanh form here and in the published .npz files. timm computes the exact form with the same weights; the
//   two differ by up to 5e-4.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "trecvit/config/model_config.h"
#include "trecvit/weights/weight_source.h"

namespace trecvit {

// What the image network read: (v - mean) / std of v in [0, 1], red, green, blue. No file says it; all published .npz
// files and timm's models of them are at 0.5, models of other origin often at other numbers.
struct ImageVitInput {
  std::array<double, 3> mean{0.5, 0.5, 0.5}, std{0.5, 0.5, 0.5};
};

struct ImageVit {
  // The tensors it gives, with the names and shapes of the target; no temporal blocks, no decoder.
  std::unique_ptr<WeightSource> weights;
  std::string kind;                // "image ViT (npz)" or "image ViT (timm)"
  std::vector<std::string> notes;  // what was changed, a sentence each
};

// Whether a file's names are those of an image ViT (weights/image_vit_layout.h).
bool is_image_vit(const WeightSource& file);

// Takes the file, which must be an image ViT. Throws one Error(kInput) that lists everything in which it differs from
// the spatial half of `target` (a valid config): sizes, missing tensors, tensors that the model has no place for. Heads
// do not show in timm's files, the target's number is taken. Error(kUsage) for a std that is not positive.
ImageVit open_image_vit(std::unique_ptr<WeightSource> file, const ModelConfig& target, const ImageVitInput& input = {});

}  // namespace trecvit
