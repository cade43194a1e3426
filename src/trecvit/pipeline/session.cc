#include "trecvit/pipeline/session.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "trecvit/base/stop.h"
#include "trecvit/base/stopwatch.h"
#include "trecvit/engine/readout.h"
#include "trecvit/pipeline/classify.h"

namespace trecvit {
namespace {

constexpr size_t kKeptLatencies = 4096;  // of the newest frames; memory must not grow with the video

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

Session::Session(Engine& engine, StreamState state, std::vector<ResultSink*> sinks, double reset_every_seconds)
    : engine_(engine), state_(std::move(state)), sinks_(std::move(sinks)), reset_every_(reset_every_seconds) {}

SessionTotals Session::run(ModelInput& input, const std::stop_token& stop) {
  SessionTotals totals;
  totals.latency_ms.resize(kKeptLatencies);  // written now, so that the resident size is the same from the start
  const StopScope scope(engine_, stop);
  for (ResultSink* sink : sinks_) sink->begin(input.info());
  const Stopwatch watch;
  try {
    while (!stop.stop_requested() && step(input, totals)) {
    }
    totals.stopped = stop.stop_requested();
  } catch (const Stopped&) {
    totals.stopped = true;
  }
  totals.latency_ms.resize(std::min(kKeptLatencies, static_cast<size_t>(totals.frames)));
  totals.wall_seconds = watch.seconds();
  totals.faults = input.faults();
  for (ResultSink* sink : sinks_) sink->end(totals);
  return totals;
}

// False at the end of the input.
bool Session::step(ModelInput& input, SessionTotals& totals) {
  const auto frame = input.next();
  if (!frame) return false;
  if (!last_reset_ || frame->time_seconds < *last_reset_) last_reset_ = frame->time_seconds;
  if (reset_every_ > 0 && frame->time_seconds - *last_reset_ + kTimeRounding >= reset_every_) {
    state_.reset();
    last_reset_ = frame->time_seconds;
  }
  const Stopwatch watch;
  const StepResult answer = step_frame(engine_, state_, input, *frame);
  const double latency_ms = 1e3 * watch.seconds();
  totals.latency_ms[static_cast<size_t>(totals.frames++) % kKeptLatencies] = latency_ms;
  for (ResultSink* sink : sinks_) sink->frame({frame->index, frame->time_seconds, answer, latency_ms});
  return true;
}

}  // namespace trecvit
