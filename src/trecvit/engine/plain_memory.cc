#include "trecvit/engine/plain_memory.h"

#include <algorithm>

#include "trecvit/base/error.h"

namespace trecvit {
namespace {

// Copies [a, b, width] to [b, a, width].
void swap_axes(const float* from, int64_t a, int64_t b, int64_t width, float* to) {
  for (int64_t i = 0; i < a; ++i) {
    for (int64_t j = 0; j < b; ++j) std::copy_n(from + (i * b + j) * width, width, to + (j * a + i) * width);
  }
}

}  // namespace

PlainMemory::PlainMemory(const ModelConfig& config, int64_t tokens)
    : StreamMemory(config, tokens),
      h_(static_cast<size_t>(depth_ * tokens * width_)),
      conv_(static_cast<size_t>(depth_ * tokens * slots_ * width_)) {}

size_t PlainMemory::bytes_for(const ModelConfig& c, int64_t tokens) {
  return static_cast<size_t>(c.depth * tokens * c.lru_width * c.conv1d_width) * sizeof(float);
}

void PlainMemory::reset() {
  std::fill(h_.begin(), h_.end(), 0.0f);
  std::fill(conv_.begin(), conv_.end(), 0.0f);
  frames_ = 0;
}

HostState PlainMemory::to_host() const {
  HostState state;
  state.frames = frames_;
  state.h = HostTensor::from<float>(h_shape(), h_);
  state.conv = HostTensor(conv_shape(), DType::kF32);
  const int64_t block_floats = tokens_ * slots_ * width_;
  for (int64_t block = 0; block < depth_; ++block) {
    swap_axes(conv_.data() + block * block_floats, tokens_, slots_, width_,
              state.conv.as<float>().data() + block * block_floats);
  }
  return state;
}

void PlainMemory::from_host(const HostState& state) {
  const auto h = state.h.as<float>(), conv_values = state.conv.as<float>();
  TRECVIT_CHECK(h.size() == h_.size() && conv_values.size() == conv_.size());
  std::copy(h.begin(), h.end(), h_.begin());
  for (int64_t block = 0; block < depth_; ++block) {
    swap_axes(conv_values.data() + block * tokens_ * slots_ * width_, slots_, tokens_, width_, conv(block));
  }
  frames_ = state.frames;
}

}  // namespace trecvit
