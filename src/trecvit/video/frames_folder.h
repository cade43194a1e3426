// Video kept as numbered pictures in a folder: 000001.jpg, frame_2.png, ...
#pragma once

#include "trecvit/video/source.h"

namespace trecvit {

// The pictures of a folder whose names end in a number, ordered by that number, whatever its padding and the text
// before it; other files are ignored. Numbers may begin anywhere; those missing between the first and the last are
// skipped and counted in faults(), so their frames' time is lost. Pictures carry no times: 25 frames per second are
// assumed, also in fps_from_header.
// Throws Error(kInput) for a folder that cannot be read, has no such pictures, more than ten million of them, or two
// with the same number, or whose first picture cannot be decoded; read() throws it for a later one. Throws
// Error(kUnavailable) in a build without FFmpeg.
std::unique_ptr<FrameSource> open_frames_folder(const std::string& path, const SourceOptions& options = {});

// One picture as a video of one frame.
std::unique_ptr<FrameSource> open_picture(const std::string& path, const SourceOptions& options = {});

// Whether a folder holds at least one numbered picture; false if it is not a folder.
bool is_frames_folder(const std::string& path);
// How many numbered pictures a folder holds; 0 if it is not a folder.
int64_t count_pictures(const std::string& path);

}  // namespace trecvit
