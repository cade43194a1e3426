// The engine as a module with memory, for step_equals_clip.h.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "engine/engine_test.h"
#include "support/temp_dir.h"
#include "trecvit/engine/engine.h"

namespace trecvit::test {

// Everything a state remembers.
inline std::vector<float> state_contents(const StreamState& state) {
  const HostState memory = state.memory().to_host();
  std::vector<float> all{static_cast<float>(memory.frames)};
  for (const HostTensor* tensor : {&memory.h, &memory.conv}) {
    const auto values = tensor->as<float>();
    all.insert(all.end(), values.begin(), values.end());
  }
  const auto readout = state.readout().snapshot();
  for (const double sum : readout.sum) all.push_back(static_cast<float>(sum));
  all.push_back(static_cast<float>(readout.weight));
  all.push_back(static_cast<float>(readout.last_time));
  all.push_back(static_cast<float>(readout.time_offset));
  all.insert(all.end(), readout.window.begin(), readout.window.end());
  return all;
}

// Changes directly what a state remembers: change(HostState&).
template <class Change>
void change_memory(StreamState& state, Change change) {
  HostState memory = state.memory().to_host();
  change(memory);
  state.memory().from_host(memory);
}

class EngineModule {
 public:
  using State = StreamState;

  EngineModule(std::shared_ptr<const Model> model, int threads, int64_t frames)
      : model_(std::move(model)),
        engine_(model_, threads),
        pixels_(noise_frames(model_->config(), frames)),
        frames_(frames) {}

  int64_t frames() const { return frames_; }
  StreamState fresh() const { return model_->make_state(readout); }

  std::vector<float> step(int64_t frame, StreamState& state) {
    if (before_step) before_step(state);
    const auto pixels = std::span(pixels_).subspan(static_cast<size_t>(frame) * size(), size());
    const StepResult result = engine_.step(pixels, state, time_of(frame));
    std::vector<float> out;
    append(out, result.logits, result.features, result.tokens);
    return out;
  }

  std::vector<float> run(int64_t begin, int64_t end, StreamState& state) {
    const auto count = static_cast<size_t>(end - begin);
    std::vector<double> times;
    for (int64_t t = begin; t < end; ++t) times.push_back(time_of(t));
    const auto pixels = std::span(pixels_).subspan(static_cast<size_t>(begin) * size(), count * size());
    if (before_run) before_run(state);
    const ClipResult result = engine_.run(pixels, state, times);
    std::vector<float> out;
    for (size_t t = 0; t < count; ++t) {
      const auto part = [&](const Array<float>& all) {
        return all.span().subspan(t * (all.size() / count), all.size() / count);
      };
      append(out, part(result.logits), part(result.features), part(result.tokens));
    }
    return out;
  }

  std::vector<float> contents(const StreamState& state) const { return state_contents(state); }
  void reset(StreamState& state) const {
    if (can_reset) state.reset();
  }
  StreamState fork(const StreamState& state) const { return state.fork(); }
  StreamState reload(const StreamState& state) const {
    state.save(folder_.file("state"), Overwrite::kYes);
    StreamState read = fresh();
    read.load(*open_file(folder_.file("state")));
    return read;
  }

  Readout readout{Readout::Kind::kWindow, 0.15};
  // Hooks to break it on purpose.
  std::function<void(StreamState&)> before_step, before_run;
  bool can_reset = true;

 private:
  size_t size() const { return frame_floats(model_->config()); }
  // Two files in one stream: time jumps back once, early, so that most saved or forked states carry the resulting
  // offset.
  double time_of(int64_t frame) const {
    const int64_t first_of_second = frames_ / 4;
    if (frame < first_of_second) return 1 + 0.04 * static_cast<double>(frame);
    return 0.04 * static_cast<double>(frame - first_of_second);
  }
  static void append(std::vector<float>& to, std::span<const float> logits, std::span<const float> features,
                     std::span<const float> tokens) {
    for (const auto part : {logits, features, tokens}) to.insert(to.end(), part.begin(), part.end());
  }

  std::shared_ptr<const Model> model_;
  Engine engine_;
  std::vector<float> pixels_;
  int64_t frames_;
  TempDir folder_;
};

}  // namespace trecvit::test
