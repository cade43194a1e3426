// What the tests of generated video share.
#pragma once

#include <cstdint>
#include <vector>

#include "trecvit/base/random.h"
#include "trecvit/synth/frame_generator.h"

namespace trecvit::test {

using Frame = std::vector<uint8_t>;  // RGB [height, width, 3]

inline Frame rendered(const FrameGenerator& video, int64_t t, const FrameSize& size) {
  Frame rgb(size.bytes());
  video.render(t, rgb);
  return rgb;
}

inline uint64_t hash_of(const Frame& rgb) { return fnv1a({reinterpret_cast<const char*>(rgb.data()), rgb.size()}); }

}  // namespace trecvit::test
