// An auxiliary objective that costs nothing at inference: regression of image motion, known exactly for procedural
// data, from the tokens. The head is not saved with the model.
#pragma once

#include <memory>
#include <string>

#include "trecvit/model/trecvit.h"

namespace trecvit::train {

using at::Tensor;

class MotionHead : public torch::nn::Module {
 public:
  // per_patch: predicts the motion of every patch from its token; otherwise the mean motion of a frame from its
  // feature.
  MotionHead(const ModelConfig& config, bool per_patch, uint64_t seed);

  // motion [B, T, patches, 2] in pixels per frame -> [] a smooth L1 distance, quadratic below one pixel. first: the
  // first frame whose motion is predicted; 1 if the frames begin the clip, because nothing moves into its first frame.
  Tensor loss(const model::Output& output, const Tensor& motion, int64_t first) const;

 private:
  bool per_patch_;
  int64_t patches_;
  std::shared_ptr<model::Dense> motion_;
};

}  // namespace trecvit::train
