// Frames without a header, from a file or from stdin.
#pragma once

#include <string_view>

#include "trecvit/video/source.h"

namespace trecvit {

// "HxW" or "HxW@FPS". Throws Error(kUsage) for other text.
RawVideo parse_raw_video(std::string_view text);

// "-" and /dev/stdin
bool is_stdin_name(const std::string& source);

// Bytes R, G, B of options.raw: frames of height * width * 3 bytes, one after the other, at its rate. An incomplete
// frame at the end is dropped and counted as a damaged packet. Throws Error(kUsage) for a size or a rate out of range,
// Error (kInput) for a file that cannot be opened or has not one whole frame.
std::unique_ptr<FrameSource> open_raw_video(const std::string& source, const SourceOptions& options);

}  // namespace trecvit
