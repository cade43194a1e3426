#include "trecvit/engine/frame_checks.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "trecvit/engine/activation_bound.h"
#include "trecvit/engine/magnitude.h"

namespace trecvit {

std::string FramePlace::text() const {
  return stream < 0 ? fmt::format("frame {}", frame) : fmt::format("stream {}, frame {}", stream, frame);
}

FrameError::FrameError(const FramePlace& place, std::string sentence)
    : Error(ErrorKind::kInput, fmt::format("[{}] {}", place.text(), sentence)),
      frame_(place.frame),
      sentence_(std::move(sentence)) {}

Error FrameError::in_source(std::string_view name, int64_t index) const {
  return {kind(), fmt::format("[{}, frame {}] {}", terminal_text(name), index, sentence_)};
}

void check_time(double seconds) {
  if (!std::isfinite(seconds)) fail_usage("engine", "expected the time of a frame in seconds, got {}", seconds);
}

void check_pixels(std::span<const float> frames, const ModelConfig& config, FramePlace place) {
  const float most = pixel_bound(config);
  if (largest_magnitude(frames) <= most) return;
  for (size_t at = 0; at < frames.size(); at += frame_floats(config), ++place.frame) {
    const float largest = largest_magnitude(frames.subspan(at, frame_floats(config)));
    if (!(largest <= most))
      throw FrameError(place, fmt::format("expected pixels from 0 to {:.4g}, got {}", most, largest));
  }
}

void check_finite(std::span<const float> values, const char* what, const FramePlace& place) {
  if (all_finite(values)) return;
  throw FrameError(place, fmt::format("expected finite {}, got {}; the weights are damaged or too large for float32",
                                      what, largest_magnitude(values)));
}

}  // namespace trecvit
