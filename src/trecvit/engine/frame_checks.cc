#include "trecvit/engine/frame_checks.h"

#include <fmt/format.h>

#include <cmath>

#include "trecvit/base/error.h"
#include "trecvit/engine/activation_bound.h"
#include "trecvit/engine/magnitude.h"

namespace trecvit {

std::string FramePlace::text() const {
  return stream < 0 ? fmt::format("frame {}", frame) : fmt::format("stream {}, frame {}", stream, frame);
}

void check_time(double seconds) {
  if (!std::isfinite(seconds)) fail_usage("engine", "expected the time of a frame in seconds, got {}", seconds);
}

void check_pixels(std::span<const float> frames, const ModelConfig& config, FramePlace place) {
  const float most = pixel_bound(config);
  if (largest_magnitude(frames) <= most) return;
  for (size_t at = 0; at < frames.size(); at += frame_floats(config), ++place.frame) {
    const float largest = largest_magnitude(frames.subspan(at, frame_floats(config)));
    if (!(largest <= most)) fail_input(place.text(), "expected pixels from 0 to {:.4g}, got {}", most, largest);
  }
}

void check_finite(std::span<const float> values, const char* what, const FramePlace& place) {
  if (all_finite(values)) return;
  fail_input(place.text(), "expected finite {}, got {}; the weights are damaged or too large for float32", what,
             largest_magnitude(values));
}

}  // namespace trecvit
