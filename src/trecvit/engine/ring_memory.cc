#include "trecvit/engine/ring_memory.h"

#include <algorithm>
#include <cstring>

#include "trecvit/base/error.h"

namespace trecvit {

RingMemory::RingMemory(const ModelConfig& config, int64_t tokens)
    : StreamMemory(config, tokens),
      cell_(tokens * width_),
      h_(static_cast<size_t>(depth_ * cell_)),
      conv_(static_cast<size_t>(depth_ * slots_ * cell_)) {}

size_t RingMemory::bytes_for(const ModelConfig& c, int64_t tokens) {
  return static_cast<size_t>(c.depth * tokens * c.lru_width * c.conv1d_width) * sizeof(float);
}

RingMemory::RingMemory(const RingMemory& other)
    : StreamMemory(other),
      cell_(other.cell_),
      h_(other.h_.clone()),
      conv_(other.conv_.clone()),
      oldest_(other.oldest_) {}

std::unique_ptr<StreamMemory> RingMemory::clone() const { return std::unique_ptr<StreamMemory>(new RingMemory(*this)); }

void RingMemory::reset() {
  if (h_.size()) std::memset(h_.data(), 0, h_.size() * sizeof(float));
  if (conv_.size()) std::memset(conv_.data(), 0, conv_.size() * sizeof(float));
  oldest_ = frames_ = 0;
}

HostState RingMemory::to_host() const {
  HostState state;
  state.frames = frames_;
  state.h = HostTensor::from<float>(h_shape(), h_.span());
  state.conv = HostTensor(conv_shape(), DType::kF32);
  float* to = state.conv.as<float>().data();
  for (int64_t block = 0; block < depth_; ++block) {
    for (int64_t slot = 0; slot < slots_; ++slot) to = std::copy_n(conv_slot(block, slot), cell_, to);
  }
  return state;
}

void RingMemory::from_host(const HostState& state) {
  const auto h = state.h.as<float>(), conv = state.conv.as<float>();
  TRECVIT_CHECK(h.size() == h_.size() && conv.size() == conv_.size());
  std::copy(h.begin(), h.end(), h_.data());
  std::copy(conv.begin(), conv.end(), conv_.data());
  oldest_ = 0;
  frames_ = state.frames;
}

void RingMemory::advance(int64_t frames) {
  frames_ += frames;
  if (slots_ > 0) oldest_ = (oldest_ + frames) % slots_;
}

RingUndo::RingUndo(const ModelConfig& config, int64_t tokens)
    : kept_(static_cast<size_t>(config.depth * tokens * config.lru_width * (config.conv1d_width > 1 ? 2 : 1))) {}

void RingUndo::keep(const StreamMemory& memory) {
  const auto& ring = static_cast<const RingMemory&>(memory);
  TRECVIT_CHECK(ring.depth_ * ring.cell_ * (ring.slots_ > 0 ? 2 : 1) == static_cast<int64_t>(kept_.size()));
  float* to = kept_.data();
  for (int64_t block = 0; block < ring.depth_; ++block) {
    to = std::copy_n(ring.h(block), ring.cell_, to);
    if (ring.slots_ > 0) to = std::copy_n(ring.conv_slot(block, 0), ring.cell_, to);
  }
  oldest_ = ring.oldest_;
  frames_ = ring.frames_;
}

void RingUndo::restore(StreamMemory& memory) const {
  auto& ring = static_cast<RingMemory&>(memory);
  TRECVIT_CHECK(ring.depth_ * ring.cell_ * (ring.slots_ > 0 ? 2 : 1) == static_cast<int64_t>(kept_.size()));
  ring.oldest_ = oldest_;
  ring.frames_ = frames_;
  const float* from = kept_.data();
  for (int64_t block = 0; block < ring.depth_; ++block, from += ring.cell_) {
    std::copy_n(from, ring.cell_, ring.h(block));
    if (ring.slots_ == 0) continue;
    from += ring.cell_;
    std::copy_n(from, ring.cell_, ring.conv_slot(block, 0));
  }
}

}  // namespace trecvit
