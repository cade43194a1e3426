// Pictures as PNG, in memory; whoever wants a file writes the bytes through io/atomic_file.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace trecvit {

// rgb: [H, W, 3], without gaps between rows. The bytes depend on nothing but the picture and the versions of libpng and
// zlib. Throws Error(kUsage) for a side outside 1 to kMaxImageSide or a span of another size, Error(kResource) where
// libpng fails. Thread-safe.
std::vector<std::byte> encode_png(std::span<const uint8_t> rgb, int height, int width);

}  // namespace trecvit
