// Video kept as numbered pictures in a folder: 000001.jpg, frame_2.png, ...
#pragma once

#include "trecvit/video/source.h"

namespace trecvit {

// The pictures of a folder whose names end in a number, by that number, whatever its padding and the text before it;
// other files are passed over. Numbers may begin anywhere; those that are missing between the first and the last are
// passed over as well and counted in faults(), so their frames' time is lost. Pictures carry no times: 25 frames a
// second are assumed and fps_from_header stays empty.
// Throws Error(kInput) for a folder that cannot be read, without such pictures, with over ten million of them, or with
// two of one number; read() for a picture that cannot be decoded. Error(kUnavailable) in a build without FFmpeg.
std::unique_ptr<FrameSource> open_frames_folder(const std::string& path, const SourceOptions& options = {});

// One picture as a video of one frame.
std::unique_ptr<FrameSource> open_picture(const std::string& path, const SourceOptions& options = {});

// Whether a folder holds at least one numbered picture; false for what is no folder.
bool is_frames_folder(const std::string& path);
// How many it holds; 0 for what is no folder.
int64_t count_pictures(const std::string& path);

}  // namespace trecvit
