// Encoded video from a file, decoded by FFmpeg's libraries.
#pragma once

#include "trecvit/video/source.h"

namespace trecvit {

// Decodes one video track: FFmpeg's choice among them (av_find_best_stream), but neither a cover nor a single picture
// where there are moving ones; faults().choice names it where there were several. Every frame in the order shown, those
// that the decoder holds back at the end included, upright, as RGB bytes. Sample aspect ratio, interlacing and HDR
// transfer curves are left as they are. The first frame is decoded here, so a file that gives none is refused here.
//
// Damage: a damaged packet is counted in faults() and decoding goes on with the next; frames the decoder could repair
// are delivered. A file that is cut short ends where its bytes end. After 64 damaged packets in a row, and when the
// machine cannot read on, read() throws once the frames before were given.
// Time: the presentation stamp relative to the first frame's, never less than the one before. A wrong stamp does not
// move the others, and where stamps begin anew, time goes on: frame_clock.h has the rule. A frame lasts until the next
// one's time; the last one as long as its packet says, else 1 / frame rate.
// Frames are decoded one ahead, and where a stamp is in doubt up to eight more, within 64 million pixels.
// A change of resolution is delivered as it is; info() keeps the first. A picture that outgrows options.max_pixels in
// the middle of the stream counts as damaged.
//
// Containers: mov/mp4/3gp, matroska/webm, avi, mpegts, mpeg (program stream), mpegvideo, ogg, ivf, flv, and raw h264
// and hevc, recognised by their content. Everything else (playlists, pictures, lists of files) is refused by its name.
// The file is opened once and no other one; at most 4096 tracks. Sizes are bounded by options.max_pixels and 512 MB for
// any single allocation of the libraries (more where max_pixels needs it), which is a setting of the whole process; so
// is the destination of their log.
//
// Throws Error(kInput) for a file that is missing, empty, encrypted, damaged beyond use or without video, and for
// pictures over options.max_pixels; Error(kResource) without memory or on a disk that fails; Error(kUnavailable) in a
// build without FFmpeg.
std::unique_ptr<FrameSource> open_video_file(const std::string& path, const SourceOptions& options);

}  // namespace trecvit
