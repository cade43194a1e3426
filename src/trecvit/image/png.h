// Pictures as PNG, in memory; to write a file, pass the bytes to io/atomic_file.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace trecvit {

// rgb: [H, W, 3], without gaps between rows. The bytes depend only on the picture and the versions of libpng and zlib.
// Throws Error(kUsage) for a side outside 1 to kMaxImageSide or a span of the wrong size, Error(kResource) if libpng
// fails. Thread-safe.
std::vector<std::byte> encode_png(std::span<const uint8_t> rgb, int height, int width);

}  // namespace trecvit
