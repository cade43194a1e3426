// Replaces camera.cc in a build without FFmpeg's libavdevice.
#include "trecvit/base/error.h"
#include "trecvit/video/camera.h"

namespace trecvit {

std::unique_ptr<FrameSource> open_camera(const CameraRequest&, const std::string& source, const SourceOptions&) {
  fail(
      ErrorKind::kUnavailable, source,
      "expected a build with FFmpeg's libavdevice to read cameras, got one without; ffmpeg may read it: ffmpeg -f v4l2 "
      "-i /dev/video0 -f nut - | trecvit stream -");
}

std::unique_ptr<FrameSource> open_camera(const std::string& source, const SourceOptions& options) {
  return open_camera(parse_camera(source), source, options);
}

}  // namespace trecvit
