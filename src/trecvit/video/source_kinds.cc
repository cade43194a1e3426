// The kinds of sources, one row each; declared in source.h.
#include "trecvit/base/error.h"
#include "trecvit/video/array_source.h"
#include "trecvit/video/camera.h"
#include "trecvit/video/frames_folder.h"
#include "trecvit/video/media_url.h"
#include "trecvit/video/picture_file.h"
#include "trecvit/video/raw_video.h"
#include "trecvit/video/source.h"
#include "trecvit/video/synthetic_source.h"
#include "trecvit/video/unread_sources.h"
#include "trecvit/video/video_file.h"

namespace trecvit {
namespace {

constexpr SourceKind kKinds[] = {
    {"synthetic", is_synthetic_name, open_synthetic},
    {"pictures", is_frames_folder, open_frames_folder},
    {"folder", is_folder_name, refuse_folder},
    {"stdin", is_stdin_name, open_video_stdin},
    {"camera", is_camera_name, open_camera},
    {"stream", is_media_url, open_video_url},
    {"URL", is_url, refuse_url},
    {"list", is_list_name, refuse_list},
    {"model", is_model_name, refuse_model_name},
    {"mistyped", is_mistyped_prefix, refuse_mistyped_prefix},
    {"pattern", is_pattern, refuse_pattern},
    {"array", is_array_name, open_array},
    {"picture", [](const std::string& source) { return is_picture_name(source) && !is_animated_png(source); },
     open_picture},
    {"video", [](const std::string&) { return true; }, open_video_file},
};

}  // namespace

std::span<const SourceKind> source_kinds() { return kKinds; }

std::unique_ptr<FrameSource> open_source(const std::string& source, const SourceOptions& options) {
  if (options.raw) return open_raw_video(source, options);
  for (const auto& kind : kKinds) {
    if (kind.takes(source)) return kind.open(source, options);
  }
  TRECVIT_CHECK(false);  // the last kind takes everything
  return nullptr;
}

std::optional<Frame> FrameSource::next() {
  Frame frame;
  return read(frame) ? std::optional(std::move(frame)) : std::nullopt;
}

}  // namespace trecvit
