// Replaces the files that use FFmpeg in a build without it.
#include "trecvit/base/error.h"
#include "trecvit/video/media_url.h"
#include "trecvit/video/picture_file.h"
#include "trecvit/video/video_file.h"
#include "trecvit/video/video_writer.h"

namespace trecvit {

std::unique_ptr<FrameSource> open_video_file(const std::string& path, const SourceOptions&) {
  fail(ErrorKind::kUnavailable, printable(path),
       "expected a build with FFmpeg to read encoded video, got one without (TRECVIT_WITH_FFMPEG=OFF); .npy, .npz and "
       "synthetic: sources work");
}

std::unique_ptr<FrameSource> open_video_stdin(const std::string&, const SourceOptions& options) {
  return open_video_file("stdin", options);
}

std::unique_ptr<FrameSource> open_video_url(const std::string& url, const SourceOptions& options) {
  return open_video_file(url, options);
}

bool is_animated_png(const std::string&) { return false; }

Picture decode_picture(std::span<const std::byte>, const std::string& name, int64_t) {
  fail(ErrorKind::kUnavailable, printable(name),
       "expected a build with FFmpeg to read pictures, got one without (TRECVIT_WITH_FFMPEG=OFF)");
}

Picture read_picture(const std::string& path, int64_t max_pixels) { return decode_picture({}, path, max_pixels); }

struct VideoWriter::Encoder {};
VideoWriter::VideoWriter(const std::string& path, const VideoWriterOptions&) {
  fail(ErrorKind::kUnavailable, printable(path),
       "expected a build with FFmpeg to write video, got one without (TRECVIT_WITH_FFMPEG=OFF)");
}
VideoWriter::~VideoWriter() = default;
void VideoWriter::add(const ImageView&) {}
void VideoWriter::add(const ImageView&, double) {}
void VideoWriter::finish() {}

std::string video_libraries() { return "none (built without FFmpeg)"; }
std::vector<std::string> video_formats() { return {}; }
bool is_media_url(const std::string&) { return false; }
std::vector<std::string> url_schemes() { return {}; }
std::vector<std::string> video_codecs() { return {}; }

}  // namespace trecvit
