// The names and shapes of intermediates, the same for every provider and the trainable model.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "trecvit/base/shape.h"
#include "trecvit/config/model_config.h"

namespace trecvit {

struct TapInfo {
  std::string name;
  Shape shape;  // of one frame
};

// Taps that all of them give, in the order of the computation.
std::vector<TapInfo> outer_taps(const ModelConfig& config);
// Those and the intermediates inside the blocks; given by the reference provider and by the trainable model.
std::vector<TapInfo> all_taps(const ModelConfig& config);

// The names of all arrays that can be dumped for a clip: taps, with or without the inner ones, the state after the last
// frame, logits and probabilities.
std::vector<std::string> dumped_names(const ModelConfig& config, bool inner);

// "temporal.03" and "spatial.03", or "temporal.03.conv" with the name of an inner tap.
std::string temporal_tap(int64_t block, std::string_view inner = {});
std::string spatial_tap(int64_t block, std::string_view inner = {});
// "state.03.h" and "state.03.conv".
std::string state_tap(int64_t block, std::string_view part);

}  // namespace trecvit
