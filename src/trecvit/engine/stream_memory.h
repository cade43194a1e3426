// What the blocks of the encoder remember of one stream between frames. Its size is fixed, whatever the length of the
// video. It belongs to the encoder that made it; only that encoder knows its layout, type and location. All other code
// (state files, taps, moves to another provider) reads and writes it as a HostState.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "trecvit/base/tensor.h"
#include "trecvit/config/model_config.h"

namespace trecvit {

// The memory of a stream in one form that all encoders share.
struct HostState {
  int64_t frames = 0;  // since the stream began
  HostTensor h;        // [depth, N, R] float32: hidden state of the RG-LRU
  HostTensor conv;     // [depth, K - 1, N, R] float32: the last inputs of the temporal convolution, oldest first
};

// Not thread-safe: one thread at a time may use it.
class StreamMemory {
 public:
  virtual ~StreamMemory() = default;
  // Restores the state before the first frame. Allocates nothing.
  virtual void reset() = 0;
  virtual std::unique_ptr<StreamMemory> clone() const = 0;
  virtual size_t bytes() const = 0;
  // Copies the numbers out and back in. The shapes must be those of this memory; from_host() allocates nothing.
  virtual HostState to_host() const = 0;
  virtual void from_host(const HostState& state) = 0;

  int64_t tokens() const { return tokens_; }                   // N
  int64_t frames() const { return frames_; }                   // since reset
  Shape h_shape() const { return {depth_, tokens_, width_}; }  // of HostState
  Shape conv_shape() const { return {depth_, slots_, tokens_, width_}; }

 protected:
  StreamMemory(const ModelConfig& config, int64_t tokens)
      : depth_(config.depth), slots_(config.conv1d_width - 1), tokens_(tokens), width_(config.lru_width) {}
  StreamMemory(const StreamMemory&) = default;
  StreamMemory& operator=(const StreamMemory&) = default;

  int64_t depth_, slots_, tokens_, width_;  // blocks, K - 1, N, R
  int64_t frames_ = 0;
};

// Keeps what one frame overwrites in a memory, so that the frame can be undone. Made once; its functions allocate
// nothing.
class StepUndo {
 public:
  virtual ~StepUndo() = default;
  // Call before a frame.
  virtual void keep(const StreamMemory& memory) = 0;
  // Call after that frame, whether it was finished or not.
  virtual void restore(StreamMemory& memory) const = 0;
};

}  // namespace trecvit
