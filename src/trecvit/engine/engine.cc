#include "trecvit/engine/engine.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "trecvit/base/error.h"
#include "trecvit/base/float_mode.h"
#include "trecvit/base/stop.h"
#include "trecvit/base/stopwatch.h"
#include "trecvit/engine/frame_checks.h"

namespace trecvit {
namespace {

// A step that may take longer can be stopped midway. To undo it, the state is copied before the step, which costs less
// than a hundredth of such a step.
constexpr double kLongStepSeconds = 1;

double slow_seconds(const Model& model) { return model.config().flops_per_frame() / model.network().flops_per_second; }

// Because numbers are not finite, or because an allocation fails.
bool may_fail_halfway(const Model& model) { return !model.always_finite() || model.network().steps_allocate; }

void put_tokens(TapSink* taps, std::string_view name, int64_t t, const ModelConfig& c, const float* tokens) {
  if (!taps || !taps->wants(name)) return;
  taps->put(name, t, {c.tokens(), c.width}, {tokens, static_cast<size_t>(c.tokens() * c.width)});
}
void put_vector(TapSink* taps, std::string_view name, int64_t t, std::span<const float> values) {
  if (taps && taps->wants(name)) taps->put(name, t, {std::ssize(values)}, values);
}

// Passes the results of the encoder and of the head's first layer to the taps; throws if they are not finite.
void check_answer(std::span<const float> tokens, std::span<const float> features, const ModelConfig& c,
                  const FramePlace& place, TapSink* taps) {
  put_tokens(taps, "encoder_norm", place.index, c, tokens.data());
  put_vector(taps, "pre_logits", place.index, features);
  check_finite(tokens, "tokens", place);
  check_finite(features, "features", place);
}

// The place of the only frame of stream i in a call.
FramePlace place_of(std::span<const StreamFrame> streams, size_t i, int64_t frame) {
  return {frame, 0, streams.size() == 1 ? -1 : static_cast<int64_t>(i)};
}

// Frame `frame` of values with `count` floats per frame.
std::span<const float> of_frame(const Array<float>& values, size_t frame, size_t count) {
  return values.span().subspan(frame * count, count);
}

}  // namespace

Engine::Engine(std::shared_ptr<const Model> model, int threads)
    : model_(std::move(model)), threads_(threads), step_seconds_(slow_seconds(*model_)) {
  if (threads < 1 || threads > 1024) fail_usage("engine", "expected 1 to 1024 threads, got {}", threads);
  workspace_ = model_->network().encoder->make_workspace(threads);
  make_room(1);
}
Engine::~Engine() = default;
Engine::Engine(Engine&&) noexcept = default;

void Engine::make_room(size_t streams) {
  if (streams <= streams_) return;
  const ModelConfig& c = model_->config();
  const auto floats = [streams](int64_t each) { return Array<float>(streams * static_cast<size_t>(each)); };
  streams_ = 0;  // until all of it is allocated
  tokens_ = floats(c.tokens() * c.width);
  features_ = floats(c.width);
  pre_logits_ = floats(c.head_dim);
  combined_ = floats(c.head_dim);
  logits_ = floats(c.num_classes);
  inside_.resize(streams);
  frames_before_.resize(streams);
  results_.resize(streams);
  if (may_fail_halfway(*model_)) {
    while (undo_.size() < streams) undo_.push_back(model_->network().encoder->make_undo(c.tokens()));
  }
  streams_ = streams;
}

StepResult Engine::result_of(size_t stream) const {
  const ModelConfig& c = model_->config();
  return {of_frame(logits_, stream, static_cast<size_t>(c.num_classes)),
          of_frame(features_, stream, static_cast<size_t>(c.width)),
          of_frame(tokens_, stream, static_cast<size_t>(c.tokens() * c.width))};
}

std::span<const StepResult> Engine::step(std::span<const StreamFrame> streams) {
  check(streams);
  make_room(streams.size());
  for (size_t i = 0; i < streams.size(); ++i) {
    streams[i].state->move_to(*model_->network().encoder);
    frames_before_[i] = streams[i].state->frames();
  }
  const bool can_undo = prepare_undo(streams);
  workspace_->stop = can_undo ? &stop_ : nullptr;
  const Stopwatch watch;
  try {
    answer(streams);
  } catch (...) {
    if (can_undo) take_back(streams);
    throw;
  }
  step_seconds_ = watch.seconds() / static_cast<double>(streams.size());
  const auto head_dim = static_cast<size_t>(model_->config().head_dim);
  for (size_t i = 0; i < streams.size(); ++i) {
    streams[i].state->readout().accept(of_frame(pre_logits_, i, head_dim));
    results_[i] = result_of(i);
  }
  return std::span(results_).first(streams.size());
}

// Checks everything that can be rejected before a state is changed.
void Engine::check(std::span<const StreamFrame> streams) const {
  const ModelConfig& c = model_->config();
  if (streams.empty()) fail_usage("step", "expected at least one stream, got none");
  for (size_t i = 0; i < streams.size(); ++i) {
    const StreamFrame& stream = streams[i];
    TRECVIT_CHECK(stream.state != nullptr);
    check(stream.pixels, *stream.state);
    if (stream.pixels.size() != frame_floats(c))
      fail_usage("step", "expected one frame of {} floats, got {}", frame_floats(c), stream.pixels.size());
    check_time(stream.time_seconds);
    check_pixels(stream.pixels, c, place_of(streams, i, stream.state->frames()));
    for (const auto& other : streams.first(i)) {
      if (other.state == stream.state)
        fail_usage("step", "expected a different state for each stream, got one in two streams");
    }
  }
}

// Prepares to undo the coming step if it may be stopped or fail; returns whether it can be undone. A stream's first
// frame needs no preparation: a reset removes all that it leaves.
bool Engine::prepare_undo(std::span<const StreamFrame> streams) {
  bool needed = may_fail_halfway(*model_);
  needed |= stop_.stop_possible() && step_seconds_ * static_cast<double>(streams.size()) > kLongStepSeconds;
  bool all_first = true;
  for (size_t i = 0; i < streams.size(); ++i) {
    needed |= streams[i].taps != nullptr;
    all_first &= frames_before_[i] == 0;
  }
  if (!needed) return all_first;
  while (undo_.size() < streams_) undo_.push_back(model_->network().encoder->make_undo(model_->config().tokens()));
  for (size_t i = 0; i < streams.size(); ++i) {
    if (frames_before_[i] > 0) undo_[i]->keep(streams[i].state->memory());
  }
  return true;
}

void Engine::take_back(std::span<const StreamFrame> streams) const {
  for (size_t i = 0; i < streams.size(); ++i) {
    StreamState& state = *streams[i].state;
    if (frames_before_[i] == 0) {
      state.reset();
    } else {
      undo_[i]->restore(state.memory());
    }
  }
}

// Everything in a step except the readout's accept().
void Engine::answer(std::span<const StreamFrame> streams) {
  const ModelConfig& c = model_->config();
  const auto token_floats = static_cast<size_t>(c.tokens() * c.width), head_dim = static_cast<size_t>(c.head_dim);
  const auto count = static_cast<int64_t>(streams.size());
  for (size_t i = 0; i < streams.size(); ++i) {
    float* tokens = tokens_.data() + i * token_floats;
    embed(streams[i].pixels, tokens, streams[i].taps);
    inside_[i] = {tokens, &streams[i].state->memory(), streams[i].taps};
  }
  model_->network().encoder->step(std::span(inside_).first(streams.size()), *workspace_);
  pool(count, tokens_.data(), features_.data(), pre_logits_.data());
  for (size_t i = 0; i < streams.size(); ++i) {
    const StreamFrame& stream = streams[i];
    const auto tokens = of_frame(tokens_, i, token_floats), features = of_frame(pre_logits_, i, head_dim);
    check_answer(tokens, features, c, place_of(streams, i, frames_before_[i]), stream.taps);
    stream.state->readout().propose(features, stream.time_seconds, combined_.span().subspan(i * head_dim, head_dim));
  }
  classify(count, combined_.data(), logits_.data());
  for (size_t i = 0; i < streams.size(); ++i) {
    const auto logits = of_frame(logits_, i, static_cast<size_t>(c.num_classes));
    check_finite(logits, "logits", place_of(streams, i, frames_before_[i]));
    put_vector(streams[i].taps, "prefix_logits", 0, logits);
  }
}

// frames [T, H, W, 3] -> tokens [T, N, D].
void Engine::embed(std::span<const float> frames, float* tokens, TapSink* taps) const {
  const ModelConfig& c = model_->config();
  const auto count = static_cast<int64_t>(frames.size() / frame_floats(c));
  model_->network().tokenizer->embed(frames.data(), count, *workspace_, tokens);
  for (int64_t t = 0; t < count; ++t) put_tokens(taps, "tokenizer", t, c, tokens + t * c.tokens() * c.width);
}

// tokens [T, N, D] -> features [T, D] and, if there is a head, pre_logits [T, head_dim].
void Engine::pool(int64_t frames, const float* tokens, float* features, float* pre_logits) const {
  const FlushDenormals flush;
  const ModelConfig& c = model_->config();
  if (workspace_->stopping()) throw Stopped{};
  for (int64_t t = 0; t < frames; ++t) pool_tokens(c, tokens + t * c.tokens() * c.width, features + t * c.width);
  if (model_->network().head) model_->network().head->pre_logits(features, frames, *workspace_, pre_logits);
  if (workspace_->stopping()) throw Stopped{};
}

// Without a head there are no logits.
void Engine::classify(int64_t frames, const float* combined, float* logits) const {
  if (model_->network().head) model_->network().head->classify(combined, frames, *workspace_, logits);
  if (workspace_->stopping()) throw Stopped{};
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
    fail_usage("run", "expected the times of the frames, which the readout {} needs, got none",
               to_string(state.readout().rule()));
  }
  check_pixels(frames, c, {state.frames(), 0});
  state.move_to(*model_->network().encoder);
  std::optional<StreamState> before;
  if (stop_.stop_possible() || taps || may_fail_halfway(*model_)) before.emplace(state.fork());
  workspace_->stop = &stop_;
  try {
    return run_frames(frames, state, times, taps);
  } catch (...) {
    if (before) state = std::move(*before);
    throw;
  }
}

ClipResult Engine::run_frames(std::span<const float> frames, StreamState& state, std::span<const double> times,
                              TapSink* taps) const {
  const ModelConfig& c = model_->config();
  const size_t count = frames.size() / frame_floats(c), classes = static_cast<size_t>(c.num_classes),
               head_dim = static_cast<size_t>(c.head_dim), token_floats = static_cast<size_t>(c.tokens() * c.width);
  const auto frame_count = static_cast<int64_t>(count);
  ClipResult result{Array<float>(count * classes), Array<float>(count * static_cast<size_t>(c.width)),
                    Array<float>(count * token_floats)};
  Array<float> pre_logits(count * head_dim), combined(count * head_dim);
  const int64_t first = state.frames();
  embed(frames, result.tokens.data(), taps);
  model_->network().encoder->run({result.tokens.data(), &state.memory(), taps}, frame_count, *workspace_);
  pool(frame_count, result.tokens.data(), result.features.data(), pre_logits.data());
  for (size_t t = 0; t < count; ++t) {
    if (workspace_->stopping()) throw Stopped{};
    const auto frame = static_cast<int64_t>(t);
    const auto features = of_frame(pre_logits, t, head_dim);
    check_answer(of_frame(result.tokens, t, token_floats), features, c, {first + frame, frame}, taps);
    state.readout().propose(features, times.empty() ? 0 : times[t], combined.span().subspan(t * head_dim, head_dim));
    state.readout().accept(features);
  }
  classify(frame_count, combined.data(), result.logits.data());
  for (size_t t = 0; t < count; ++t) {
    const auto frame = static_cast<int64_t>(t);
    const auto logits = of_frame(result.logits, t, classes);
    check_finite(logits, "logits", {first + frame, frame});
    put_vector(taps, "prefix_logits", frame, logits);
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
    fail_usage("engine", "expected a state of this model, got one of another model");
  }
  if (state.memory().tokens() != c.tokens())
    fail_usage("engine", "expected a state of {} tokens, got one of {}", c.tokens(), state.memory().tokens());
}

void softmax(std::span<const float> logits, std::span<float> probs) {
  TRECVIT_CHECK(logits.size() == probs.size());
  if (logits.empty()) return;
  const float largest = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (size_t i = 0; i < logits.size(); ++i) sum += static_cast<double>(probs[i] = std::exp(logits[i] - largest));
  for (float& prob : probs) prob = static_cast<float>(static_cast<double>(prob) / sum);
}

void class_probs(const ModelConfig& config, std::span<const float> logits, std::span<float> probs) {
  if (!config.multi_label) return softmax(logits, probs);
  TRECVIT_CHECK(logits.size() == probs.size());
  std::ranges::transform(logits, probs.begin(), [](float logit) { return 1 / (1 + std::exp(-logit)); });
}

}  // namespace trecvit
