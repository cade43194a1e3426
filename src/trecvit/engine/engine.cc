#include "trecvit/engine/engine.h"

#include <algorithm>
#include <cmath>

#include "trecvit/base/error.h"

namespace trecvit {
namespace {

size_t frame_floats(const ModelConfig& c) { return static_cast<size_t>(c.image_height * c.image_width * 3); }

// A frame at no time would never leave a window.
void check_time(double seconds) {
  if (!std::isfinite(seconds)) fail_usage("engine", "expected the time of a frame in seconds, got {}", seconds);
}

}  // namespace

Engine::Engine(std::shared_ptr<const Model> model, int threads) : model_(std::move(model)), threads_(threads) {
  if (threads < 1 || threads > 1024) fail_usage("engine", "expected 1 to 1024 threads, got {}", threads);
  workspace_ = model_->execution().make_workspace(threads);
  const ModelConfig& c = model_->config();
  tokens_ = Array<float>(static_cast<size_t>(c.tokens() * c.width));
  pre_logits_ = Array<float>(static_cast<size_t>(c.head_dim));
  combined_ = Array<float>(static_cast<size_t>(c.head_dim));
  logits_ = Array<float>(static_cast<size_t>(c.num_classes));
  features_ = Array<float>(static_cast<size_t>(c.width));
}
Engine::~Engine() = default;
Engine::Engine(Engine&&) noexcept = default;

StepResult Engine::step(std::span<const float> frame, StreamState& state, double time_seconds, TapSink* taps) {
  check(frame, state);
  if (frame.size() != frame_floats(model_->config())) {
    fail_usage("step", "expected one frame of {} floats, got {}", frame_floats(model_->config()), frame.size());
  }
  check_time(time_seconds);
  model_->execution().step(frame.data(), state, *workspace_, {tokens_.data(), features_.data(), pre_logits_.data()},
                           taps);
  classify(pre_logits_.span(), state, time_seconds, logits_.span());
  if (taps && taps->wants("prefix_logits"))
    taps->put("prefix_logits", 0, {model_->config().num_classes}, logits_.span());
  return {logits_.span(), features_.span(), tokens_.span()};
}

ClipResult Engine::run(std::span<const float> frames, StreamState& state, std::span<const double> times,
                       TapSink* taps) {
  check(frames, state);
  const ModelConfig& c = model_->config();
  const size_t count = frames.size() / frame_floats(c);
  if (!times.empty() && times.size() != count) {
    fail_usage("run", "expected one time for each of {} frames, got {}", count, times.size());
  }
  for (const double time : times) check_time(time);
  const auto rule = state.readout().rule().kind;
  if (times.empty() && (rule == Readout::Kind::kWindow || rule == Readout::Kind::kEma)) {
    fail_usage("run", "expected the times of the frames, which the readout {} looks at, got none",
               to_string(state.readout().rule()));
  }
  const auto classes = static_cast<size_t>(c.num_classes);
  const auto head_dim = static_cast<size_t>(c.head_dim);
  ClipResult result{Array<float>(count * classes), Array<float>(count * features_.size()),
                    Array<float>(count * tokens_.size())};
  Array<float> pre_logits(count * head_dim);
  model_->execution().run(frames.data(), static_cast<int64_t>(count), state, *workspace_,
                          {result.tokens.data(), result.features.data(), pre_logits.data()}, taps);
  for (size_t t = 0; t < count; ++t) {
    const auto logits = result.logits.span().subspan(t * classes, classes);
    classify(pre_logits.span().subspan(t * head_dim, head_dim), state, times.empty() ? 0 : times[t], logits);
    if (taps && taps->wants("prefix_logits")) {
      taps->put("prefix_logits", static_cast<int64_t>(t), {c.num_classes}, logits);
    }
  }
  return result;
}

void Engine::check(std::span<const float> frames, const StreamState& state) const {
  const ModelConfig& c = model_->config();
  if (frames.empty() || frames.size() % frame_floats(c) != 0) {
    fail_usage("engine", "expected frames of [{}, {}, 3] floats, got {} floats", c.image_height, c.image_width,
               frames.size());
  }
  if (state.model_fingerprint() != model_->fingerprint()) {
    fail_usage("engine", "expected a state of this model, got one of another");
  }
}

void Engine::classify(std::span<const float> frame_features, StreamState& state, double time_seconds,
                      std::span<float> logits) {
  state.readout().add(frame_features, time_seconds);
  if (logits.empty()) return;  // no head; the readout counts frames all the same
  state.readout().value(combined_.span());
  model_->execution().classify(combined_.data(), *workspace_, logits.data());
}

void softmax(std::span<const float> logits, std::span<float> probs) {
  TRECVIT_CHECK(logits.size() == probs.size());
  if (logits.empty()) return;
  const float largest = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (size_t i = 0; i < logits.size(); ++i) sum += static_cast<double>(probs[i] = std::exp(logits[i] - largest));
  for (float& prob : probs) prob = static_cast<float>(static_cast<double>(prob) / sum);
}

}  // namespace trecvit
