// Runs a model: an Engine is one caller's scratch memory and threads. Use one Engine per thread; any number of streams
// may take turns on it, each with its own StreamState.
#pragma once

#include <memory>
#include <span>
#include <stop_token>
#include <utility>
#include <vector>

#include "trecvit/engine/model.h"
#include "trecvit/engine/stream_state.h"
#include "trecvit/engine/taps.h"

namespace trecvit {

// The next frame of a stream.
struct StreamFrame {
  std::span<const float> pixels;  // [H, W, 3] in [0, 1]
  StreamState* state = nullptr;
  double time_seconds = 0;  // presentation timestamp; only window and ema readouts use it
  TapSink* taps = nullptr;
};

// The result of one frame. All spans point into the engine and are valid until its next call.
struct StepResult {
  std::span<const float> logits;    // [C] by the state's readout rule, this frame included
  std::span<const float> features;  // [D] class token (or mean token) after encoder_norm
  std::span<const float> tokens;    // [N, D] after encoder_norm
};

// The results of a clip, frame by frame.
struct ClipResult {
  Array<float> logits;    // [T, C] after each frame by the state's readout rule
  Array<float> features;  // [T, D]
  Array<float> tokens;    // [T, N, D]
};

class Engine {
 public:
  // threads: 1 to 1024. Results do not depend on the number.
  explicit Engine(std::shared_ptr<const Model> model, int threads = 1);
  ~Engine();
  Engine(Engine&&) noexcept;

  const Model& model() const { return *model_; }
  int threads() const { return threads_; }

  // From now on, runs and steps end with Stopped (base/stop.h) within about a second of a stop request and leave the
  // state unchanged. Only steps that can be undone end so: the first frames of streams, long steps, steps with taps,
  // and those of models that may fail halfway. All others are short and are finished.
  void stop_on(std::stop_token stop) { stop_ = std::move(stop); }
  const std::stop_token& stop() const { return stop_; }

  // Computes the next frame of each stream, block by block. Returns results in the order of the streams, each bit for
  // bit as if the stream were alone. Takes no lock and logs nothing. Allocates nothing once it has had as many streams,
  // except once when steps begin to last a second or have taps, in the reference provider (plain loops), and at a
  // state's first frame in another provider. Throws Error(kUsage) if there is no stream, a frame has another size, a
  // time is not finite, or a state is of another model or passed twice; Error(kInput), naming the frame (and the stream
  // if there are several), if pixels are out of range or a result would not be finite. Whatever it throws, all states
  // are unchanged.
  std::span<const StepResult> step(std::span<const StreamFrame> streams);
  // The same for one stream.
  StepResult step(std::span<const float> frame, StreamState& state, double time_seconds = 0, TapSink* taps = nullptr) {
    const StreamFrame stream{frame, &state, time_seconds, taps};
    return step({&stream, 1}).front();
  }

  // Computes all frames [T, H, W, 3] of a clip at once, T >= 1, layer by layer; leaves the state as T steps would.
  // times: [T], or empty if the readout does not use them. Throws like step().
  ClipResult run(std::span<const float> frames, StreamState& state, std::span<const double> times = {},
                 TapSink* taps = nullptr);

 private:
  void check(std::span<const float> frames, const StreamState& state) const;
  void check(std::span<const StreamFrame> streams) const;
  void make_room(size_t streams);
  bool prepare_undo(std::span<const StreamFrame> streams);
  void take_back(std::span<const StreamFrame> streams) const;
  void answer(std::span<const StreamFrame> streams);
  void embed(std::span<const float> frames, float* tokens, TapSink* taps) const;
  void pool(int64_t frames, const float* tokens, float* features, float* pre_logits) const;
  void classify(int64_t frames, const float* combined, float* logits) const;
  ClipResult run_frames(std::span<const float> frames, StreamState& state, std::span<const double> times,
                        TapSink* taps) const;
  StepResult result_of(size_t stream) const;

  std::shared_ptr<const Model> model_;
  int threads_;
  std::stop_token stop_;
  std::unique_ptr<Workspace> workspace_;
  size_t streams_ = 0;                                               // number of streams that there is room for
  Array<float> tokens_, features_, pre_logits_, combined_, logits_;  // for each stream
  std::vector<StreamTokens> inside_;                                 // for each stream
  std::vector<int64_t> frames_before_;                               // for each stream
  std::vector<StepResult> results_;
  std::vector<std::unique_ptr<StepUndo>> undo_;  // if a step may have to be undone
  double step_seconds_;  // per frame in the last step; before the first, an estimate for a slow machine
};

// Makes an engine stop on a token for the lifetime of this object; a token that can never request a stop leaves the
// engine's own token in place.
class StopScope {
 public:
  StopScope(Engine& engine, const std::stop_token& stop) : engine_(engine), before_(engine.stop()) {
    if (stop.stop_possible()) engine_.stop_on(stop);
  }
  ~StopScope() { engine_.stop_on(before_); }
  StopScope(const StopScope&) = delete;
  StopScope& operator=(const StopScope&) = delete;

 private:
  Engine& engine_;
  std::stop_token before_;
};

// logits -> probabilities; safe for large values and for empty input.
void softmax(std::span<const float> logits, std::span<float> probs);
// The same for a model: softmax, or for several labels at a time (config.multi_label) the sigmoid of each.
void class_probs(const ModelConfig& config, std::span<const float> logits, std::span<float> probs);

}  // namespace trecvit
