// Running a model: an Engine is one caller's scratch memory and threads. Use one Engine a thread; any number of streams
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
  double time_seconds = 0;  // when it is shown; only window and ema readouts look at it
  TapSink* taps = nullptr;
};

// What one frame gives. Everything points into the engine and is valid until its next call.
struct StepResult {
  std::span<const float> logits;    // [C] by the state's readout rule, this frame included
  std::span<const float> features;  // [D] class token (or mean token) after encoder_norm
  std::span<const float> tokens;    // [N, D] after encoder_norm
};

// What a clip gives, frame by frame.
struct ClipResult {
  Array<float> logits;    // [T, C] after each frame by the state's readout rule
  Array<float> features;  // [T, D]
  Array<float> tokens;    // [T, N, D]
};

class Engine {
 public:
  // threads: 1 to 1024. Results do not depend on it.
  explicit Engine(std::shared_ptr<const Model> model, int threads = 1);
  ~Engine();
  Engine(Engine&&) noexcept;

  const Model& model() const { return *model_; }
  int threads() const { return threads_; }

  // From now on, steps that take long and runs end with Stopped (base/stop.h) within about a second of a request, the
  // state as before; short steps are finished.
  void stop_on(std::stop_token stop) { stop_ = std::move(stop); }
  const std::stop_token& stop() const { return stop_; }

  // The next frame of each stream, block by block; results in the order of the streams, each with the
  // bits it has alone. Allocates nothing once it has had as many streams (and once, where steps come to last a second
  // or have taps), takes no lock and logs nothing (the reference provider, which is plain before all, does allocate; so
  // does a state's first frame in another provider). Throws Error(kUsage) for no stream, a frame of another size, a
  // time that is no number, a state of another model or one given twice; Error(kInput) that names the frame (and of
  // several, the stream) for pixels out of range and for an answer that would be no finite number. Whatever it throws,
  // all states are as before.
  std::span<const StepResult> step(std::span<const StreamFrame> streams);
  // Of one stream.
  StepResult step(std::span<const float> frame, StreamState& state, double time_seconds = 0, TapSink* taps = nullptr) {
    const StreamFrame stream{frame, &state, time_seconds, taps};
    return step({&stream, 1}).front();
  }

  // All frames [T, H, W, 3] of a clip at once, T >= 1, layer by layer; the state is left as by T steps. times: [T], or
  // empty when the readout does not look at them. Throws as step().
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
  size_t streams_ = 0;                                               // that there is room for
  Array<float> tokens_, features_, pre_logits_, combined_, logits_;  // of each stream
  std::vector<StreamTokens> inside_;                                 // likewise
  std::vector<int64_t> frames_before_;                               // likewise
  std::vector<StepResult> results_;
  std::vector<std::unique_ptr<StepUndo>> undo_;  // where a step may have to be taken back
  double step_seconds_;  // of a frame in the last step; before the first, what a slow machine may take
};

// Makes an engine stop on a token for as long as this lives; a token that no stop can come from leaves the engine's
// own.
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

// logits -> probabilities; safe for large values, and for none.
void softmax(std::span<const float> logits, std::span<float> probs);

}  // namespace trecvit
