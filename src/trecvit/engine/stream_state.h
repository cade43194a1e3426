// What a stream remembers between frames: a value of fixed size, whatever the length of the video. The model is
// constant and shared; every stream has a state of its own. The same state serves every provider.
//
//   h     [depth, N, R]         hidden state of the RG-LRU
//   conv  [depth, K - 1, N, R]  the last inputs of the temporal convolution, a ring of slots
//   readout                     running sums of the head's features
//
// Not thread-safe: one thread at a time may use a state.
#pragma once

#include <cstdint>
#include <limits>
#include <string>

#include "trecvit/base/buffer.h"
#include "trecvit/config/model_config.h"
#include "trecvit/engine/readout.h"
#include "trecvit/io/atomic_file.h"
#include "trecvit/io/byte_source.h"

namespace trecvit {

// What no stream of a model goes beyond (activation_bound.h); saved states that do are refused.
struct StateLimits {
  float hidden = std::numeric_limits<float>::max(), conv = std::numeric_limits<float>::max();
};

class StreamState {
 public:
  // A state before its first frame. model_fingerprint ties saved states to the weights they were made with.
  StreamState(const ModelConfig& config, const Readout& readout, uint64_t model_fingerprint, StateLimits limits = {});
  StreamState(StreamState&&) = default;
  StreamState& operator=(StreamState&&) = default;

  // Forgets everything: the next frame is the first of a stream.
  void reset();
  // An independent copy; both go on from here.
  StreamState fork() const;

  int64_t frames() const { return frames_; }  // since reset
  size_t bytes() const { return (h_.size() + conv_.size()) * sizeof(float); }

  // Writes a safetensors file with format name, version, model fingerprint and checksum; this and load() take as much
  // memory again as the state while they work. Throws Error(kUsage) when the
  // file exists and may not be replaced, Error(kResource) when the disk refuses.
  void save(const std::string& path, Overwrite overwrite) const;
  // Throws Error(kInput) for a damaged file, another version, another model or another readout rule, and for numbers
  // that no stream of the model leaves behind; *this is then unchanged. Takes whatever save() wrote.
  void load(const ByteSource& source);
  // The readout rule stored in a state file; the rest of the file is not checked. Throws Error(kInput) for another
  // kind of file.
  static Readout saved_readout(const ByteSource& source);

  // For the engine. Slots count from the oldest at `frame_offset` frames from now.
  float* h(int64_t block) { return h_.data() + block * cell_; }
  const float* h(int64_t block) const { return h_.data() + block * cell_; }
  float* conv_slot(int64_t block, int64_t slot, int64_t frame_offset = 0) {
    return conv_.data() + slot_offset(block, slot, frame_offset);
  }
  const float* conv_slot(int64_t block, int64_t slot, int64_t frame_offset = 0) const {
    return conv_.data() + slot_offset(block, slot, frame_offset);
  }
  // Called once all blocks have taken `frames` more frames.
  void advance(int64_t frames);
  ReadoutSum& readout() { return readout_; }
  const ReadoutSum& readout() const { return readout_; }
  uint64_t model_fingerprint() const { return fingerprint_; }

 private:
  StreamState(const StreamState& other);  // tens of megabytes; callers say fork()
  int64_t slot_offset(int64_t block, int64_t slot, int64_t frame_offset) const {
    return (block * slots_ + (oldest_ + frame_offset + slot) % slots_) * cell_;
  }

  int64_t depth_, slots_, tokens_, width_, cell_;  // blocks, K - 1, N, R, N * R
  Array<float> h_, conv_;
  int64_t oldest_ = 0;
  int64_t frames_ = 0;
  ReadoutSum readout_;
  uint64_t fingerprint_;
  StateLimits limits_;
};

}  // namespace trecvit
