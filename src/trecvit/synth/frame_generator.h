// Procedural video: each frame is a pure function of the generator's options and the frame's number. A stream of any
// length therefore needs constant memory, does not drift, and can be entered anywhere.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace trecvit {

using Rgb = std::array<uint8_t, 3>;

// Sides of a generated picture.
inline constexpr int kMaxSynthSide = 4096;

struct FrameSize {
  int height = 224, width = 224;
  size_t bytes() const { return size_t{3} * height * width; }
  bool operator==(const FrameSize&) const = default;
};

class FrameGenerator {
 public:
  virtual ~FrameGenerator() = default;
  // Writes RGB bytes [height, width, 3] of frame t >= 0. Allocates nothing; thread-safe.
  virtual void render(int64_t t, std::span<uint8_t> rgb) const = 0;
};

}  // namespace trecvit
