// The blocks of the network: tokens in, tokens out. It neither knows where the tokens come from nor what they are for,
// and takes any number of them: a stream has as many in every frame as its memory was made for.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "trecvit/engine/stream_memory.h"
#include "trecvit/engine/taps.h"
#include "trecvit/engine/workspace.h"

namespace trecvit {

// Frames of one stream, computed in place, and what the stream remembers of the frames before.
struct StreamTokens {
  float* tokens = nullptr;         // [T, N, D], N = memory->tokens(): in, from the tokenizer; out, after encoder_norm
  StreamMemory* memory = nullptr;  // of this encoder (Encoder::reads); afterwards as after the last of the frames
  TapSink* taps = nullptr;         // temporal_tap and spatial_tap of each block; may be null
};

// Immutable; any number of threads may use it, each with a workspace of its own.
class Encoder {
 public:
  virtual ~Encoder() = default;
  // For frames of the model's size; calls with more tokens make it grow. threads >= 1.
  virtual std::unique_ptr<Workspace> make_workspace(int threads) const = 0;
  // Of a stream of `tokens` tokens a frame, before its first frame.
  virtual std::unique_ptr<StreamMemory> make_memory(int64_t tokens) const = 0;
  virtual std::unique_ptr<StepUndo> make_undo(int64_t tokens) const = 0;
  // Whether the memory is in this encoder's form; otherwise it has to be moved, by way of a HostState.
  virtual bool reads(const StreamMemory& memory) const = 0;

  // The next frame of each stream (T = 1), block by block for all of them. No memory may be given twice. Throws what a
  // sink throws, and Error(kResource) where the workspace has to grow; after a stop it throws Stopped or returns. All
  // memories are then meaningless (StepUndo).
  virtual void step(std::span<const StreamTokens> streams, Workspace& workspace) const = 0;
  // The next T frames of one stream, layer by layer. Throws as step().
  virtual void run(const StreamTokens& stream, int64_t frames, Workspace& workspace) const = 0;

  virtual size_t weight_bytes() const = 0;
  virtual bool has_inner_taps() const = 0;
};

}  // namespace trecvit
