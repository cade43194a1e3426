#include "trecvit/engine/stream_state.h"

#include <cstring>

namespace trecvit {

StreamState::StreamState(const ModelConfig& config, const Readout& readout, uint64_t model_fingerprint,
                         StateLimits limits)
    : depth_(config.depth),
      slots_(config.conv1d_width - 1),
      tokens_(config.tokens()),
      width_(config.lru_width),
      cell_(tokens_ * width_),
      h_(static_cast<size_t>(depth_ * cell_)),
      conv_(static_cast<size_t>(depth_ * slots_ * cell_)),
      readout_(readout, config.head_dim),
      fingerprint_(model_fingerprint),
      limits_(limits) {}

void StreamState::reset() {
  if (h_.size()) std::memset(h_.data(), 0, h_.size() * sizeof(float));
  if (conv_.size()) std::memset(conv_.data(), 0, conv_.size() * sizeof(float));
  oldest_ = frames_ = 0;
  readout_.reset();
}

StreamState StreamState::fork() const { return StreamState(*this); }

StreamState::StreamState(const StreamState& other)
    : depth_(other.depth_),
      slots_(other.slots_),
      tokens_(other.tokens_),
      width_(other.width_),
      cell_(other.cell_),
      h_(other.h_.clone()),
      conv_(other.conv_.clone()),
      oldest_(other.oldest_),
      frames_(other.frames_),
      readout_(other.readout_),
      fingerprint_(other.fingerprint_),
      limits_(other.limits_) {}

void StreamState::advance(int64_t frames) {
  frames_ += frames;
  if (slots_ > 0) oldest_ = (oldest_ + frames) % slots_;
}

}  // namespace trecvit
