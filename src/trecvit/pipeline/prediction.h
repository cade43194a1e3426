// The best classes of a frame or a video.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "trecvit/config/model_config.h"

namespace trecvit {

struct Prediction {
  int64_t index = 0;
  std::string label;
  float prob = 0;
};

// The k most probable classes, best first; equal ones ordered by index, not-a-number last. k is limited to the number
// of classes.
std::vector<Prediction> top_classes(std::span<const float> probs, const ModelConfig& config, int64_t k);
std::vector<Prediction> top_classes_of_logits(std::span<const float> logits, const ModelConfig& config, int64_t k);

}  // namespace trecvit
