#include "trecvit/engine/class_head.h"

#include <algorithm>

#include "trecvit/engine/reference_ops.h"

namespace trecvit {

void pool_tokens(const ModelConfig& config, const float* tokens, float* features) {
  if (config.has_cls()) {
    std::copy_n(tokens, config.width, features);
  } else {
    reference::mean_token(tokens, config.tokens(), config.width, features);
  }
}

}  // namespace trecvit
