// One way of computing the network: a model's weights in the layout a provider wants, and the two walks over it. `step`
// takes one frame, `run` all frames of a clip; both leave the state as after the last frame.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <string_view>
#include <vector>

#include "trecvit/base/stop.h"
#include "trecvit/engine/stream_state.h"
#include "trecvit/engine/taps.h"
#include "trecvit/weights/weight_source.h"

namespace trecvit {

// Scratch memory and threads of one caller; made once, so that a step allocates nothing.
class Workspace {
 public:
  virtual ~Workspace() = default;
  // Where a stop may be requested; null if nobody can request one. After a request, a walk skips its remaining stages:
  // it returns within a fraction of a second, or throws Stopped (base/stop.h). Its outputs and its changes to the state
  // are then meaningless.
  const std::stop_token* stop = nullptr;
  bool stopping() const { return stop && stop->stop_requested(); }

  // Multiply-adds of a stage from one look at `stop` to the next; whole stages of usual models are fewer.
  double piece_operations = 1e9;
  // Rows of a piece of a stage with so many multiply-adds a row.
  int64_t rows_of_piece(double operations_per_row) const {
    constexpr double kLeast = 16, kMost = 1e9;  // packing for a piece should not outweigh it
    return static_cast<int64_t>(std::clamp(piece_operations / std::max(operations_per_row, 1.0), kLeast, kMost));
  }
};

// Where a walk leaves its results; the caller owns the memory.
struct FrameOutputs {
  float* tokens = nullptr;      // [T, N, D] after encoder_norm
  float* features = nullptr;    // [T, D] class token of each frame, or mean of its tokens, after encoder_norm
  float* pre_logits = nullptr;  // [T, head_dim] after tanh, of each frame
};

class Execution {
 public:
  virtual ~Execution() = default;
  virtual size_t weight_bytes() const = 0;
  virtual bool has_inner_taps() const = 0;
  // threads >= 1.
  virtual std::unique_ptr<Workspace> make_workspace(int threads) const = 0;
  // frame [H, W, 3] in [0, 1]. `taps` may be null. Does not touch the readout and does not count the frame
  // (StreamState::advance): that is the caller's part once the outputs are accepted.
  virtual void step(const float* frame, StreamState& state, Workspace& workspace, const FrameOutputs& out,
                    TapSink* taps) const = 0;
  // frames [T, H, W, 3].
  virtual void run(const float* frames, int64_t count, StreamState& state, Workspace& workspace,
                   const FrameOutputs& out, TapSink* taps) const = 0;
  // logits [C] of combined features [head_dim].
  virtual void classify(const float* features, Workspace& workspace, float* logits) const = 0;
};

struct Kernels;

// Plain loops, unpacked weights, every tap: the specification.
std::unique_ptr<Execution> make_reference_execution(const ModelConfig& config, const WeightSource& weights);
// The fused kernels of one instruction set.
std::unique_ptr<Execution> make_fused_execution(const ModelConfig& config, const WeightSource& weights,
                                                const Kernels& kernels);

// Copies the pixels of one frame [H, W, 3] patch by patch: patches [patches, P * P * 3] in row-major order of
// the grid, each in (row, column, channel) order.
void gather_patches(const ModelConfig& config, const float* frame, float* patches);

// The position table [patches, D] of either kind.
std::vector<float> position_table(const ModelConfig& config, const WeightSource& weights);

}  // namespace trecvit
