// Frames from a NumPy file.
#pragma once

#include "trecvit/video/source.h"

namespace trecvit {

// Whether a name ends in .npy or .npz.
bool is_array_name(const std::string& source);

// A .npy file, or the array `video` of a .npz file: uint8, or float32 in [0, 1], [T, H, W, 3]. The array is read as a
// whole, at most 4 GiB of it. It carries no times: 25 frames per second are assumed, also in fps_from_header. Throws
// Error(kInput) for another type or shape, Error(kResource) over the limit; read() throws Error(kInput) for a float
// frame with a value that is not finite or outside [0, 1].
std::unique_ptr<FrameSource> open_array(const std::string& path, const SourceOptions& options);

}  // namespace trecvit
