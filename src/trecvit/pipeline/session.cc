#include "trecvit/pipeline/session.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <exception>
#include <utility>

#include "trecvit/base/stop.h"
#include "trecvit/base/stopwatch.h"
#include "trecvit/engine/readout.h"
#include "trecvit/pipeline/classify.h"

namespace trecvit {
namespace {

constexpr size_t kKeptLatencies = 4096;  // of the newest frames; memory must not grow with the video

// The time since the frame was read, in milliseconds.
double age_of(const Frame& frame) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - frame.arrived).count();
}

}  // namespace

std::optional<int64_t> frames_to_read(const SourceInfo& source, const FrameChoice& choice) {
  const double fps = source.fps_from_header.value_or(0), length = source.duration_seconds_from_header.value_or(0);
  double frames = source.frames_from_header ? static_cast<double>(*source.frames_from_header) : length * fps;
  const bool chosen_by_time = choice.start_seconds > 0 || choice.duration_seconds;
  if (!(frames >= 1 && frames < 1e15) || (chosen_by_time && !(fps > 0))) return std::nullopt;
  const double before = choice.start_seconds > 0 ? std::ceil((choice.start_seconds - kTimeRounding) * fps) : 0;
  if (choice.duration_seconds)
    frames = std::min(frames, before + std::ceil((*choice.duration_seconds - kTimeRounding) * fps));
  if (choice.max_frames)
    frames =
        std::min(frames, before + static_cast<double>(*choice.max_frames - 1) * static_cast<double>(choice.step) + 1);
  return static_cast<int64_t>(frames);
}

Session::Session(Engine& engine, StreamState state, ResultSink& sink, double reset_every_seconds, bool reset_at_gap)
    : engine_(engine),
      state_(std::move(state)),
      sink_(sink),
      reset_every_(reset_every_seconds),
      reset_at_gap_(reset_at_gap) {
  if (reset_every_ > 0 || reset_at_gap_) before_reset_ = state_.fork();
}

SessionTotals Session::run(ModelInput& input, const std::stop_token& stop) {
  const StopScope scope(engine_, stop);
  const std::stop_token in_force = engine_.stop();
  SessionTotals ending;
  begin(input.info());
  try {
    for (InputFrame frame; input.next(frame, in_force);) step(frame);
  } catch (const Stopped&) {
    ending.stopped = true;
  } catch (...) {
    const std::exception_ptr first = std::current_exception();
    ending.failed = true;
    ending.faults = input.faults();
    try {
      end(std::move(ending));
    } catch (...) {
      std::rethrow_exception(first);
    }
    throw;
  }
  ending.faults = input.faults();
  return end(std::move(ending));
}

void Session::begin(const SourceInfo& source) {
  source_ = source.name;
  is_live_ = source.is_live;
  totals_ = {};
  totals_.latency_ms.resize(kKeptLatencies);  // written now, so that the resident size is the same from the start
  sink_.begin(source);
  watch_ = Stopwatch();
}

void Session::step(const InputFrame& frame) {
  const Stopwatch watch;
  const StepResult answer = step_state(frame);
  const double latency_ms = 1e3 * watch.seconds();
  totals_.latency_ms[static_cast<size_t>(totals_.frames++) % kKeptLatencies] = latency_ms;
  totals_.skipped = frame.skipped;
  sink_.frame({frame, answer, latency_ms, is_live_ ? std::optional(age_of(frame)) : std::nullopt});
}

bool Session::is_reset_due(const InputFrame& frame) {
  const double time = frame.pts_seconds;
  if (!last_reset_ || time < *last_reset_) last_reset_ = time;
  if (reset_at_gap_ && frame.after_gap) return true;
  return reset_every_ > 0 && time - *last_reset_ + kTimeRounding >= reset_every_;
}

StepResult Session::step_state(const InputFrame& frame) {
  if (!is_reset_due(frame)) return step_frame(engine_, state_, source_, frame);
  std::swap(state_, *before_reset_);
  state_.reset();
  try {
    const StepResult answer = step_frame(engine_, state_, source_, frame);
    last_reset_ = frame.pts_seconds;
    return answer;
  } catch (...) {
    std::swap(state_, *before_reset_);
    throw;
  }
}

SessionTotals Session::end(SessionTotals ending) {
  totals_.wall_seconds = watch_.seconds();
  totals_.latency_ms.resize(std::min(kKeptLatencies, static_cast<size_t>(totals_.frames)));
  totals_.stopped = ending.stopped;
  totals_.failed = ending.failed;
  totals_.faults = std::move(ending.faults);
  sink_.end(totals_);
  return std::move(totals_);
}

}  // namespace trecvit
