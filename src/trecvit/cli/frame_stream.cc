#include "trecvit/cli/frame_stream.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>

#include "trecvit/cli/signals.h"
#include "trecvit/pipeline/classify.h"

namespace trecvit::cli {
namespace {

using Clock = std::chrono::steady_clock;
constexpr size_t kKeptLatencies = 4096;  // of all frames, the newest; memory must not grow with the video

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// A signal while frames are passed over ends the stream as one between two frames does.
std::optional<InputFrame> next_frame(ModelInput& input) {
  try {
    return input.next();
  } catch (const Stopped&) {
    return std::nullopt;
  }
}

// Nothing where a signal ended a long step; the state is then as before the frame.
std::optional<StepResult> step_unless_stopped(Engine& engine, StreamState& state, const ModelInput& input,
                                              const InputFrame& frame) {
  try {
    return step_frame(engine, state, input, frame);
  } catch (const StepStopped&) {
    return std::nullopt;
  }
}

}  // namespace

FrameChoice stoppable(FrameChoice choice) {
  choice.before_frame = throw_if_stopped;
  return choice;
}

std::optional<int64_t> frames_to_read(const SourceInfo& source, const FrameChoice& choice) {
  const double fps = source.fps_from_header.value_or(0), length = source.duration_seconds_from_header.value_or(0);
  double frames = source.frames_from_header ? static_cast<double>(*source.frames_from_header) : length * fps;
  const bool chosen_by_time = choice.start_seconds > 0 || choice.duration_seconds;
  if (!(frames >= 1 && frames < 1e15) || (chosen_by_time && !(fps > 0))) return std::nullopt;
  const double before = choice.start_seconds > 0 ? std::ceil(choice.start_seconds * fps) : 0;
  if (choice.duration_seconds) frames = std::min(frames, before + std::ceil(*choice.duration_seconds * fps));
  if (choice.max_frames)
    frames =
        std::min(frames, before + static_cast<double>(*choice.max_frames - 1) * static_cast<double>(choice.step) + 1);
  return static_cast<int64_t>(frames);
}

StreamTotals stream_frames(Engine& engine, StreamState& state, ModelInput& input, double reset_every,
                           const std::function<void(const StreamedFrame&)>& on_frame) {
  StreamTotals totals;
  totals.latency_ms.resize(kKeptLatencies);  // written now, so that the resident size is the same from the start
  const auto start = Clock::now();
  std::optional<double> last_reset;
  while (stop_signal() == 0) {
    const auto frame = next_frame(input);
    if (!frame) break;
    if (!last_reset) last_reset = frame->time_seconds;
    if (reset_every > 0 && frame->time_seconds - *last_reset >= reset_every) {
      state.reset();
      last_reset = frame->time_seconds;
    }
    const auto step_start = Clock::now();
    const auto result = step_unless_stopped(engine, state, input, *frame);
    if (!result) break;
    const double latency_ms = 1e3 * seconds_since(step_start);
    totals.latency_ms[static_cast<size_t>(totals.frames) % kKeptLatencies] = latency_ms;
    ++totals.frames;
    on_frame({*frame, *result, latency_ms});
  }
  totals.latency_ms.resize(std::min(kKeptLatencies, static_cast<size_t>(totals.frames)));
  totals.wall_seconds = seconds_since(start);
  totals.faults = input.faults();
  return totals;
}

}  // namespace trecvit::cli
