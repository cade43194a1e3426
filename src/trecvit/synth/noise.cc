#include "trecvit/synth/noise.h"

#include <algorithm>

#include "trecvit/base/error.h"
#include "trecvit/synth/texture.h"

namespace trecvit {

Noise::Noise(uint64_t seed, const FrameSize& size) : random_(seed, "input"), size_(size) {
  check_frame_size("noise", size_);
}

void Noise::render(int64_t t, std::span<uint8_t> rgb) const {
  TRECVIT_CHECK(t >= 0 && rgb.size() == size_.bytes());
  const uint64_t base = static_cast<uint64_t>(t) * rgb.size();
  for (size_t i = 0; i < rgb.size(); ++i) rgb[i] = random_.byte(base + i);
}

void Black::render(int64_t, std::span<uint8_t> rgb) const { std::fill(rgb.begin(), rgb.end(), uint8_t{0}); }

}  // namespace trecvit
