// A clip in the form that users provide: bytes in an .npz file.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "trecvit/io/npz.h"

namespace trecvit::test {

// frames [T, H, W, 3] as the array `video`; they are read back at 25 frames per second.
inline void write_clip(const std::string& path, const Shape& shape, std::span<const uint8_t> frames) {
  NpzWriter writer(path, Overwrite::kNo);
  writer.add("video", {frames.data(), shape, DType::kU8});
  writer.finish();
}

}  // namespace trecvit::test
