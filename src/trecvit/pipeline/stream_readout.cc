#include "trecvit/pipeline/stream_readout.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace trecvit {
namespace {

constexpr double kMostFps = 1000;  // above this the header's value is not a frame rate

// Seconds; 0 if not known.
double trained_length(const ModelConfig& config, double rate) {
  if (config.clip_frames <= 0 || rate == 0) return 0;
  const double seconds = static_cast<double>(config.clip_frames) / rate;
  // Whole milliseconds, so that the note shows a value that --readout accepts; rounded down, so that no extra frame
  // gets in.
  return std::max(std::floor(seconds * 1e3 + 1e-6), 1.0) / 1e3;
}

Readout window_of(double seconds) { return {Readout::Kind::kWindow, seconds}; }

}  // namespace

double rate_seen(const SourceInfo& source, const ModelConfig& config, int64_t step) {
  const auto fps = source.average_fps_from_header ? source.average_fps_from_header : source.fps_from_header;
  return fps && *fps > 0 && *fps <= kMostFps ? *fps / static_cast<double>(std::max(step, config.frame_stride)) : 0;
}

StreamReadout stream_readout(const ModelChoice& choice, const ModelConfig& config, double rate,
                             const std::string& state) {
  if (!choice.readout.empty()) return {parse_readout(choice.readout, "--readout"), ""};
  if (!state.empty()) {
    const Readout saved = StreamState::saved_readout(*open_file(state));
    return {saved, fmt::format("readout {}, with which {} was saved", to_string(saved), state)};
  }
  if (config.readout.kind != Readout::Kind::kMean) return {config.readout, ""};
  const Readout trained = window_of(trained_length(config, rate)), unknown = window_of(kUnknownWindow);
  if (trained.seconds > 0 && trained.fits_memory(config.head_dim))
    return {
        trained,
        fmt::format(
            "readout {}: the length of the training clips ({} frames at {:.4g} per second); --readout chooses another",
            to_string(trained), config.clip_frames, rate)};
  const std::string why =
      trained.seconds > 0
          ? fmt::format("a window of the {} frames of the training clips does not fit in memory", config.clip_frames)
          : "the length of the training clips is unknown";
  return {unknown, fmt::format("readout {}: {}; --readout chooses another", to_string(unknown), why)};
}

}  // namespace trecvit
