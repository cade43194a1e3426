#include "trecvit/engine/tokenizer.h"

#include <algorithm>

#include "trecvit/engine/reference_ops.h"
#include "trecvit/weights/tensor_table.h"

namespace trecvit {

void gather_patches(const ModelConfig& config, const float* frame, float* patches) {
  const int64_t run = config.patch_size * 3, line = config.image_width * 3;
  for (int64_t row = 0; row < config.patch_rows(); ++row) {
    for (int64_t column = 0; column < config.patch_columns(); ++column) {
      for (int64_t y = 0; y < config.patch_size; ++y, patches += run) {
        const float* from = frame + (row * config.patch_size + y) * line + column * run;
        std::copy(from, from + run, patches);
      }
    }
  }
}

std::vector<float> position_table(const ModelConfig& config, const WeightSource& weights) {
  if (config.position == Position::kSincos2d) {
    return reference::sincos2d<float>(config.patch_rows(), config.patch_columns(), config.width);
  }
  const HostTensor table = weights.read(names_of(Layer::kPositions).weight);
  return {table.as<float>().begin(), table.as<float>().end()};
}

}  // namespace trecvit
