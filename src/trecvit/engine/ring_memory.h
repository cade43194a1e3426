// The memory of a stream in the layout of the fused kernels: rows of channels, and the inputs of the convolution in a
// ring of slots, so that a frame overwrites the oldest slot and moves nothing.
//
//   h     [depth, N, R]
//   conv  [depth, K - 1, N, R]
#pragma once

#include <cstdint>
#include <memory>

#include "trecvit/base/buffer.h"
#include "trecvit/config/model_config.h"
#include "trecvit/engine/stream_memory.h"

namespace trecvit {

class RingMemory final : public StreamMemory {
 public:
  RingMemory(const ModelConfig& config, int64_t tokens);
  // bytes() of such a memory.
  static size_t bytes_for(const ModelConfig& config, int64_t tokens);

  void reset() override;
  std::unique_ptr<StreamMemory> clone() const override;
  size_t bytes() const override { return (h_.size() + conv_.size()) * sizeof(float); }
  HostState to_host() const override;
  void from_host(const HostState& state) override;

  // [N, R] of a block.
  float* h(int64_t block) { return h_.data() + block * cell_; }
  const float* h(int64_t block) const { return h_.data() + block * cell_; }
  // [N, R] of a block; slot 0 is the oldest one `frame_offset` frames from now.
  float* conv_slot(int64_t block, int64_t slot, int64_t frame_offset = 0) {
    return conv_.data() + slot_offset(block, slot, frame_offset);
  }
  const float* conv_slot(int64_t block, int64_t slot, int64_t frame_offset = 0) const {
    return conv_.data() + slot_offset(block, slot, frame_offset);
  }
  // Call after all blocks have processed `frames` more frames.
  void advance(int64_t frames);

 private:
  friend class RingUndo;
  RingMemory(const RingMemory& other);
  int64_t slot_offset(int64_t block, int64_t slot, int64_t frame_offset) const {
    return (block * slots_ + (oldest_ + frame_offset + slot) % slots_) * cell_;
  }

  int64_t cell_;  // N * R
  Array<float> h_, conv_;
  int64_t oldest_ = 0;
};

// Keeps h and the oldest inputs of the convolution, which the newest ones overwrite.
class RingUndo final : public StepUndo {
 public:
  RingUndo(const ModelConfig& config, int64_t tokens);
  void keep(const StreamMemory& memory) override;
  void restore(StreamMemory& memory) const override;

 private:
  Array<float> kept_;
  int64_t oldest_ = 0, frames_ = 0;
};

}  // namespace trecvit
