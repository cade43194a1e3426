// The loop of stream and demo: every frame of a source through the engine, with what it took.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "trecvit/engine/engine.h"
#include "trecvit/pipeline/model_input.h"

namespace trecvit::cli {

struct StreamedFrame {
  const InputFrame& input;
  const StepResult& result;
  double latency_ms;  // of the step
};

struct StreamTotals {
  int64_t frames = 0;
  double wall_seconds = 0;         // decoding and preprocessing included
  std::vector<double> latency_ms;  // of the newest steps
  SourceFaults faults;
};

// The choice with an end at the next frame of the source once a signal has arrived, also while frames are passed over.
FrameChoice stoppable(FrameChoice choice);

// Frames that will be read of a source, those that are passed over among them, as far as its header is right; nothing
// where it does not say.
std::optional<int64_t> frames_to_read(const SourceInfo& source, const FrameChoice& choice);

// reset_every: seconds of presentation time between resets, 0 = never. Ends early after a signal.
StreamTotals stream_frames(Engine& engine, StreamState& state, ModelInput& input, double reset_every,
                           const std::function<void(const StreamedFrame&)>& on_frame);

}  // namespace trecvit::cli
