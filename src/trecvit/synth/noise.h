// Pictures without structure.
#pragma once

#include "trecvit/base/random.h"
#include "trecvit/synth/frame_generator.h"

namespace trecvit {

// Uniform random bytes: byte ((t * height + y) * width + x) * 3 + c of the stream "input", the same bytes as the input
// of the reference fixtures with that seed and size.
class Noise : public FrameGenerator {
 public:
  Noise(uint64_t seed, const FrameSize& size);
  void render(int64_t t, std::span<uint8_t> rgb) const override;

 private:
  RandomStream random_;
  FrameSize size_;
};

class Black : public FrameGenerator {
 public:
  void render(int64_t t, std::span<uint8_t> rgb) const override;
};

}  // namespace trecvit
