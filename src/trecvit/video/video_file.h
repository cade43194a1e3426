// Encoded video from a file, decoded by FFmpeg's libraries.
#pragma once

#include "trecvit/video/source.h"

namespace trecvit {

class MediaInput;

// Decodes one video track: FFmpeg's choice (av_find_best_stream), but not a cover or a single picture if there are
// moving ones; faults().choice names it if there were several. Delivers every frame in display order, including those
// that the decoder holds back at the end, upright, as RGB bytes. Sample aspect ratio, interlacing and HDR transfer
// curves are left as they are. The first frame is decoded here, so a file that gives none is refused here.
//
// Damage: a damaged packet is counted in faults() and decoding continues with the next one; frames that the decoder
// could repair are delivered. A truncated file ends where its bytes end. After 64 damaged packets in a row, or if the
// machine cannot read on, read() throws once the frames before were given.
// Time: the presentation timestamp relative to the first frame's, never less than the one before. A wrong timestamp
// does not move the others, and if timestamps begin anew, time goes on: frame_clock.h has the rule. A frame lasts until
// the next one's time; the last one as long as its packet says, else 1 / frame rate.
// Decoding runs one frame ahead, and up to eight more if a timestamp is in doubt, within 64 million pixels.
// A change of resolution is delivered as it is; info() keeps the first resolution. A picture that outgrows
// options.max_pixels in the middle of the stream counts as damaged.
//
// Containers: mov/mp4/3gp, matroska/webm, avi, mpegts, mpeg (program stream), mpegvideo, ogg, ivf, flv, asf/wmv, mxf,
// nut, gif, apng, mjpeg, y4m, dv, and raw h264, hevc, av1, mpeg4 and h263, recognised by their content. Everything else
// (playlists, pictures, lists of files) is refused by its name.
// The file is opened once, and no other file is opened; at most options.max_tracks tracks. Sizes are bounded by
// options.max_pixels and by 512 MB for any single allocation of the libraries (more if max_pixels needs it), which is a
// setting of the whole process; so is the destination of their log.
//
// Throws Error(kInput) for a file that is missing, empty, encrypted, damaged beyond use or without video, and for
// pictures over options.max_pixels; Error(kUsage) for options out of range; Error(kResource) if allocation or the disk
// fails; Error(kUnavailable) in a build without FFmpeg.
std::unique_ptr<FrameSource> open_video_file(const std::string& path, const SourceOptions& options);

// The same from an input that is open. source: the name to report.
std::unique_ptr<FrameSource> open_media(std::unique_ptr<MediaInput> input, const std::string& source,
                                        const SourceOptions& options);

// The same from stdin, which is read once: an MP4 file with its index at the end is refused, and so are formats that
// begin with such an index. source: the name to report, "-".
std::unique_ptr<FrameSource> open_video_stdin(const std::string& source, const SourceOptions& options);

// The same from a network: http, https, rtmp, rtmps, rtsp, rtsps, srt, tcp and udp, as far as FFmpeg was built with
// them. A stream is live unless its server tells its length. Frames of a live stream are given as soon as they are
// decoded, and their durations are the usual one. A live stream that ends or breaks is opened again: live_source.h has
// the rule. Throws Error(kUnavailable) for a protocol that this FFmpeg does not have.
std::unique_ptr<FrameSource> open_video_url(const std::string& url, const SourceOptions& options);

}  // namespace trecvit
