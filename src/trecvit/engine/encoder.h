// The blocks of the network: tokens in, tokens out. The encoder knows neither where the tokens come from nor what they
// are for, and takes any number of them: every frame of a stream has as many tokens as the stream's memory was made
// for.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "trecvit/engine/stream_memory.h"
#include "trecvit/engine/taps.h"
#include "trecvit/engine/workspace.h"

namespace trecvit {

// Frames of one stream, computed in place, and the stream's memory of earlier frames.
struct StreamTokens {
  float* tokens = nullptr;         // [T, N, D], N = memory->tokens(): in, from the tokenizer; out, after encoder_norm
  StreamMemory* memory = nullptr;  // in this encoder's form (Encoder::reads); afterwards that of the last frame
  TapSink* taps = nullptr;         // temporal_tap and spatial_tap of each block; may be null
};

// Immutable; any number of threads may use it, each with a workspace of its own.
class Encoder {
 public:
  virtual ~Encoder() = default;
  // Sized for frames of the model's size; calls with more tokens enlarge it. threads >= 1.
  virtual std::unique_ptr<Workspace> make_workspace(int threads) const = 0;
  // Memory of a stream with `tokens` tokens per frame, before its first frame.
  virtual std::unique_ptr<StreamMemory> make_memory(int64_t tokens) const = 0;
  // bytes() of such a memory.
  virtual size_t memory_bytes(int64_t tokens) const = 0;
  virtual std::unique_ptr<StepUndo> make_undo(int64_t tokens) const = 0;
  // Whether the memory is in this encoder's form; if not, it must be converted through a HostState.
  virtual bool reads(const StreamMemory& memory) const = 0;

  // Computes the next frame of each stream (T = 1), block by block for all streams. No memory may be passed twice.
  // Throws what a sink throws, and Error(kResource) if the workspace cannot grow; after a stop it throws Stopped or
  // returns. In these cases all memories are left meaningless (StepUndo).
  virtual void step(std::span<const StreamTokens> streams, Workspace& workspace) const = 0;
  // Computes the next T frames of one stream, layer by layer. Throws like step().
  virtual void run(const StreamTokens& stream, int64_t frames, Workspace& workspace) const = 0;

  virtual size_t weight_bytes() const = 0;
  virtual bool has_inner_taps() const = 0;
};

}  // namespace trecvit
