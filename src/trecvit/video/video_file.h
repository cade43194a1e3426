// Encoded video from a file, decoded by FFmpeg's libraries.
#pragma once

#include "trecvit/video/source.h"

namespace trecvit {

// Decodes the first video stream that is not a cover picture: every frame in the order shown, those that the decoder
// holds back at the end included, upright, as RGB bytes. Sample aspect ratio, interlacing and HDR transfer curves are
// left as they are. The first frame is decoded here, so a file that gives none is refused here.
//
// Damage: a damaged packet is counted in faults() and decoding goes on with the next; frames the decoder could repair
// are delivered. A file that is cut short ends where its bytes end.
// Time: the presentation stamp relative to the first frame's, never less than the one before. A frame without a stamp
// comes one frame duration after the one before. A frame lasts until the next one's time; the last one as long as
// its packet says, else 1 / frame rate.
// A change of resolution is delivered as it is; info() keeps the first. A picture that outgrows options.max_pixels in
// the middle of the stream counts as damaged.
//
// Containers: mov/mp4/3gp, matroska/webm, avi, mpegts, mpeg (program stream), mpegvideo, ogg, ivf, flv, and raw h264
// and hevc, recognised by their content. Everything else (playlists, pictures, lists of files) is refused, no file but
// the named one is opened, and sizes are bounded by options.max_pixels and 512 MB for any single allocation of the
// libraries, which is a setting of the whole process; so is the destination of their log.
//
// Throws Error(kInput) for a file that is missing, empty, encrypted, damaged beyond use or without video, and for
// pictures over options.max_pixels; Error(kUnavailable) in a build without FFmpeg.
std::unique_ptr<FrameSource> open_video_file(const std::string& path, const SourceOptions& options);

}  // namespace trecvit
