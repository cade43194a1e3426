// What an engine refuses before it touches a state, and after it has an answer.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "trecvit/base/error.h"
#include "trecvit/config/model_config.h"

namespace trecvit {

// The frame that a result or an error is about.
struct FramePlace {
  int64_t frame;        // number in its stream, from 0
  int64_t index;        // among its stream's frames in this call
  int64_t stream = -1;  // which of several; -1 for a single one

  std::string text() const;
};

// An Error(kInput) about one frame: "[frame N] ...".
class FrameError : public Error {
 public:
  FrameError(const FramePlace& place, std::string sentence);
  // `frame` of the engine's place.
  int64_t frame() const { return frame_; }
  // The same about frame `index` of a source: "[NAME, frame INDEX] ...".
  Error in_source(std::string_view name, int64_t index) const;

 private:
  int64_t frame_;
  std::string sentence_;
};

// Floats of a frame [H, W, 3].
inline size_t frame_floats(const ModelConfig& config) {
  return static_cast<size_t>(config.image_height * config.image_width * 3);
}

// Throws Error(kUsage) for a time that is not finite: its frame would never leave a window.
void check_time(double seconds);
// Checks every frame of [T, H, W, 3] and throws Error(kInput) for pixels out of range; `place` is that of the first
// one.
void check_pixels(std::span<const float> frames, const ModelConfig& config, FramePlace place);
// Throws Error(kInput) that names `what` and the frame for a value that is not finite.
void check_finite(std::span<const float> values, const char* what, const FramePlace& place);

}  // namespace trecvit
