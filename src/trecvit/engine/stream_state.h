// What a stream remembers between frames: a value of fixed size, whatever the length of the video. The model is
// constant and shared; every stream has a state of its own. It is the memory of the encoder's blocks, and of the head
// the running sums of its features.
//
// A state goes on in every provider: at its first frame in another one, its memory moves there.
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

// What no stream of a model goes beyond (activation_bound.h); saved states that do are refused.
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
  // An independent copy; both go on from here.
  StreamState fork() const;

  int64_t frames() const { return memory_->frames(); }  // since reset
  size_t bytes() const { return memory_->bytes(); }

  // Writes a safetensors file with format name, version, model fingerprint and checksum; this and load() take as much
  // memory again as the state while they work. Throws Error(kUsage) when the file exists and may not be replaced,
  // Error(kResource) when the disk refuses.
  void save(const std::string& path, Overwrite overwrite) const;
  // Throws Error(kInput) for a damaged file, another version, another model or another readout rule, and for numbers
  // that no stream of the model leaves behind; *this is then unchanged. Takes whatever save() wrote.
  void load(const ByteSource& source);
  // The readout rule stored in a state file; the rest of the file is not checked. Throws Error(kInput) for another
  // kind of file.
  static Readout saved_readout(const ByteSource& source);

  // Moves the memory to an encoder that cannot read it as it is; nothing where it can. Throws Error(kResource), *this
  // unchanged.
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
