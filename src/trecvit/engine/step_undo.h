// What one step overwrites of a stream's state, kept so that the step can be taken back.
#pragma once

#include <algorithm>

#include "trecvit/engine/stream_state.h"

namespace trecvit {

class StepUndo {
 public:
  explicit StepUndo(const ModelConfig& config)
      : depth_(config.depth),
        cell_(config.tokens() * config.lru_width),
        has_history_(config.conv1d_width > 1),
        kept_(static_cast<size_t>(depth_ * cell_ * (has_history_ ? 2 : 1))) {}

  // Before a step: h, and the oldest inputs of the convolution, whose place the newest take.
  void keep(const StreamState& state) {
    float* to = kept_.data();
    for (int64_t block = 0; block < depth_; ++block) {
      to = std::copy_n(state.h(block), cell_, to);
      if (has_history_) to = std::copy_n(state.conv_slot(block, 0), cell_, to);
    }
  }

  // After a step whose frame was not counted: the state is as it was.
  void restore(StreamState& state) const {
    const float* from = kept_.data();
    for (int64_t block = 0; block < depth_; ++block, from += cell_) {
      std::copy_n(from, cell_, state.h(block));
      if (!has_history_) continue;
      from += cell_;
      std::copy_n(from, cell_, state.conv_slot(block, 0));
    }
  }

 private:
  int64_t depth_, cell_;
  bool has_history_;
  Array<float> kept_;
};

}  // namespace trecvit
