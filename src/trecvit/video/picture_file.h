// Still pictures from files, decoded by FFmpeg's libraries.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "trecvit/synth/picture.h"

namespace trecvit {

inline constexpr int64_t kMaxPicturePixels = int64_t{4096} * 4096;

// Whether a file with this name is taken for a picture: .jpg, .jpeg or .png, in upper or lower case.
bool is_picture_name(const std::string& path);

// Whether a file begins like an animated PNG, which is a video.
bool is_animated_png(const std::string& path);

// JPEG or PNG, recognised by content whatever the name says; other formats are refused. Turned upright if the file says
// how it was held; transparency is dropped, more than 8 bits are rounded to 8. name: for messages. Thread-safe.
// Throws Error(kInput) for anything else, for damage that the decoder notices and for more than max_pixels;
// Error(kUnavailable) in a build without FFmpeg.
Picture decode_picture(std::span<const std::byte> bytes, const std::string& name,
                       int64_t max_pixels = kMaxPicturePixels);
// The same for a file of at most 256 MiB.
Picture read_picture(const std::string& path, int64_t max_pixels = kMaxPicturePixels);

}  // namespace trecvit
