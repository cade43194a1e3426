// What is remembered of a stream between frames: a value of fixed size, whatever the length of the video. The model is
// constant and shared; every stream has its own state. A state consists of the memory of the encoder's blocks and the
// running sums of the head's features.
//
// A state can continue in every provider: its memory is converted at its first frame in another one.
//
// Not thread-safe: one thread at a time may use a state.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>

#include "trecvit/engine/encoder.h"
#include "trecvit/engine/readout.h"
#include "trecvit/engine/stream_memory.h"
#include "trecvit/io/atomic_file.h"
#include "trecvit/io/byte_source.h"

namespace trecvit {

// Limits that no stream of a model exceeds (activation_bound.h); saved states that exceed them are rejected.
struct StateLimits {
  float hidden = std::numeric_limits<float>::max(), conv = std::numeric_limits<float>::max();
};

class StreamState {
 public:
  // A state before its first frame, from the memory of an encoder. model_fingerprint ties saved states to the weights
  // they were made with.
  StreamState(std::unique_ptr<StreamMemory> memory, ReadoutSum readout, uint64_t model_fingerprint,
              StateLimits limits = {});
  StreamState(StreamState&&) = default;
  StreamState& operator=(StreamState&&) = default;

  // Forgets everything: the next frame is the first of a stream.
  void reset();
  // An independent copy; both continue from this point.
  StreamState fork() const;

  int64_t frames() const { return memory_->frames(); }  // since reset
  size_t bytes() const { return memory_->bytes(); }

  // Writes a safetensors file with format name, version, model fingerprint and checksum; while save() and load() run,
  // they need as much additional memory as the state takes. Throws Error(kUsage) if the file exists and may not be
  // replaced, Error(kResource) if the system cannot write it.
  void save(const std::string& path, Overwrite overwrite) const;
  // Throws Error(kInput) for a damaged file, another version, another model or another readout rule, and for numbers
  // that no stream of the model can produce; *this is then unchanged. Accepts every file that save() wrote for this
  // model and rule.
  void load(const ByteSource& source);
  // The readout rule stored in a state file; the rest of the file is not checked. Throws Error(kInput) for another
  // kind of file.
  static Readout saved_readout(const ByteSource& source);

  // Converts the memory for an encoder that cannot read it as it is; does nothing if it can. Throws Error(kResource) if
  // allocation fails; *this is then unchanged.
  void move_to(const Encoder& encoder);

  StreamMemory& memory() { return *memory_; }
  const StreamMemory& memory() const { return *memory_; }
  ReadoutSum& readout() { return readout_; }
  const ReadoutSum& readout() const { return readout_; }
  uint64_t model_fingerprint() const { return fingerprint_; }

 private:
  std::unique_ptr<StreamMemory> memory_;
  ReadoutSum readout_;
  uint64_t fingerprint_;
  StateLimits limits_;
};

}  // namespace trecvit
