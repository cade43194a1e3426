#include "trecvit/engine/engine.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "trecvit/base/error.h"
#include "trecvit/engine/activation_bound.h"
#include "trecvit/engine/magnitude.h"

namespace trecvit {
namespace {

using Clock = std::chrono::steady_clock;

// A step that may take longer is stopped half-way; to take it back, the state is copied before it, which costs less
// than a hundredth of such a step.
constexpr double kLongStepSeconds = 1;

size_t frame_floats(const ModelConfig& c) { return static_cast<size_t>(c.image_height * c.image_width * 3); }

// A frame at no time would never leave a window.
void check_time(double seconds) {
  if (!std::isfinite(seconds)) fail_usage("engine", "expected the time of a frame in seconds, got {}", seconds);
}

// Every frame of [T, H, W, 3]; `first` is the number of the first one in its stream.
void check_pixels(std::span<const float> frames, const ModelConfig& c, int64_t first) {
  const float most = pixel_bound(c);
  if (largest_magnitude(frames) <= most) return;
  for (size_t at = 0; at < frames.size(); at += frame_floats(c), ++first) {
    const float largest = largest_magnitude(frames.subspan(at, frame_floats(c)));
    if (!(largest <= most))
      fail_input(fmt::format("frame {}", first), "expected pixels from 0 to {:.4g}, got {}", most, largest);
  }
}

void check_finite(std::span<const float> values, const char* what, int64_t frame) {
  if (all_finite(values)) return;
  fail_input(fmt::format("frame {}", frame),
             "expected {} that are finite numbers, got {}; the weights are damaged or too large for float32", what,
             largest_magnitude(values));
}

double slow_seconds(const Model& model) {
  const double flops_a_second = model.provider() == "reference" ? 1e9 : 2e10;
  return model.config().flops_per_frame() / flops_a_second;
}

// For want of finite numbers, or of memory, which the plain loops take in every step.
bool may_fail_half_way(const Model& model) { return !model.always_finite() || model.provider() == "reference"; }

}  // namespace

Engine::Engine(std::shared_ptr<const Model> model, int threads)
    : model_(std::move(model)), threads_(threads), step_seconds_(slow_seconds(*model_)) {
  if (threads < 1 || threads > 1024) fail_usage("engine", "expected 1 to 1024 threads, got {}", threads);
  workspace_ = model_->execution().make_workspace(threads);
  const ModelConfig& c = model_->config();
  tokens_ = Array<float>(static_cast<size_t>(c.tokens() * c.width));
  pre_logits_ = Array<float>(static_cast<size_t>(c.head_dim));
  combined_ = Array<float>(static_cast<size_t>(c.head_dim));
  logits_ = Array<float>(static_cast<size_t>(c.num_classes));
  features_ = Array<float>(static_cast<size_t>(c.width));
  if (may_fail_half_way(*model_)) undo_.emplace(c);
}
Engine::~Engine() = default;
Engine::Engine(Engine&&) noexcept = default;

StepResult Engine::step(std::span<const float> frame, StreamState& state, double time_seconds, TapSink* taps) {
  check(frame, state);
  if (frame.size() != frame_floats(model_->config())) {
    fail_usage("step", "expected one frame of {} floats, got {}", frame_floats(model_->config()), frame.size());
  }
  check_time(time_seconds);
  check_pixels(frame, model_->config(), state.frames());
  const bool can_undo = prepare_undo(state, taps != nullptr);
  workspace_->stop = can_undo ? &stop_ : nullptr;
  const auto start = Clock::now();
  try {
    answer(frame, state, time_seconds, taps);
  } catch (...) {
    if (can_undo) take_back(state);
    throw;
  }
  step_seconds_ = std::chrono::duration<double>(Clock::now() - start).count();
  state.advance(1);
  state.readout().accept(pre_logits_.span());
  return {logits_.span(), features_.span(), tokens_.span()};
}

// Whether the coming step can be taken back: it is, where it may be stopped or fail. A stream's first frame leaves
// nothing that a reset does not remove.
bool Engine::prepare_undo(const StreamState& state, bool taps) {
  const bool may_be_stopped = stop_.stop_possible() && step_seconds_ > kLongStepSeconds;
  if (state.frames() == 0) return true;
  if (!may_be_stopped && !taps && !may_fail_half_way(*model_)) return false;
  if (!undo_) undo_.emplace(model_->config());
  undo_->keep(state);
  return true;
}

void Engine::take_back(StreamState& state) const {
  if (state.frames() == 0) {
    state.reset();
  } else {
    undo_->restore(state);
  }
}

// Everything of a step but counting it.
void Engine::answer(std::span<const float> frame, StreamState& state, double time_seconds, TapSink* taps) {
  model_->execution().step(frame.data(), state, *workspace_, {tokens_.data(), features_.data(), pre_logits_.data()},
                           taps);
  if (workspace_->stopping()) throw Stopped{};
  check_finite(tokens_.span(), "tokens", state.frames());
  check_finite(pre_logits_.span(), "features", state.frames());
  classify(pre_logits_.span(), state.readout(), time_seconds, logits_.span());
  if (workspace_->stopping()) throw Stopped{};
  check_finite(logits_.span(), "logits", state.frames());
  if (taps && taps->wants("prefix_logits"))
    taps->put("prefix_logits", 0, {model_->config().num_classes}, logits_.span());
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
  check_pixels(frames, c, state.frames());
  ClipResult result{Array<float>(count * logits_.size()), Array<float>(count * features_.size()),
                    Array<float>(count * tokens_.size())};
  std::optional<StreamState> before;
  if (stop_.stop_possible() || taps || may_fail_half_way(*model_)) before.emplace(state.fork());
  workspace_->stop = &stop_;
  try {
    run_frames(frames, state, times, taps, result);
  } catch (...) {
    if (before) state = std::move(*before);
    throw;
  }
  return result;
}

void Engine::run_frames(std::span<const float> frames, StreamState& state, std::span<const double> times, TapSink* taps,
                        ClipResult& result) {
  const ModelConfig& c = model_->config();
  const size_t count = frames.size() / frame_floats(c), classes = logits_.size(), head_dim = pre_logits_.size();
  const int64_t first = state.frames();
  Array<float> pre_logits(count * head_dim);
  model_->execution().run(frames.data(), static_cast<int64_t>(count), state, *workspace_,
                          {result.tokens.data(), result.features.data(), pre_logits.data()}, taps);
  for (size_t t = 0; t < count; ++t) {
    if (workspace_->stopping()) throw Stopped{};
    const int64_t frame = first + static_cast<int64_t>(t);
    const auto features = pre_logits.span().subspan(t * head_dim, head_dim);
    const auto logits = result.logits.span().subspan(t * classes, classes);
    check_finite(result.tokens.span().subspan(t * tokens_.size(), tokens_.size()), "tokens", frame);
    check_finite(features, "features", frame);
    classify(features, state.readout(), times.empty() ? 0 : times[t], logits);
    if (workspace_->stopping()) throw Stopped{};
    check_finite(logits, "logits", frame);
    state.readout().accept(features);
    if (taps && taps->wants("prefix_logits"))
      taps->put("prefix_logits", static_cast<int64_t>(t), {c.num_classes}, logits);
  }
  state.advance(static_cast<int64_t>(count));
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

// The logits of a proposal to the readout. Without a head there are none; the readout counts frames all the same.
void Engine::classify(std::span<const float> frame_features, ReadoutSum& readout, double time_seconds,
                      std::span<float> logits) {
  readout.propose(frame_features, time_seconds, combined_.span());
  if (!logits.empty()) model_->execution().classify(combined_.data(), *workspace_, logits.data());
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
