// Cameras, through FFmpeg's libavdevice.
#pragma once

#include <memory>
#include <string>

#include "trecvit/video/source.h"

namespace trecvit {

// A number, camera:N, camera:NAME and /dev/videoN
bool is_camera_name(const std::string& source);

// What a source names: camera:0?size=640x480&fps=30&format=mjpeg
struct CameraRequest {
  std::string device = {};  // "/dev/video0", or the camera's name or a part of it
  // As FFmpeg takes them; empty: what the camera chooses.
  std::string size = {}, fps = {}, format = {};
  std::string driver = "v4l2";  // of FFmpeg's input devices
};

// Throws Error(kUsage) for an unknown setting.
CameraRequest parse_camera(const std::string& source);

// A live source, which live_source.h opens again. Throws Error(kUsage) for "camera:" alone, with a list of the cameras;
// Error(kInput) for a camera that is not there or cannot be used, Error(kUnavailable) without libavdevice, at build
// time or on this machine.
std::unique_ptr<FrameSource> open_camera(const std::string& source, const SourceOptions& options);
// source: the name to report
std::unique_ptr<FrameSource> open_camera(const CameraRequest& camera, const std::string& source,
                                         const SourceOptions& options);

}  // namespace trecvit
