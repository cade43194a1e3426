// The kinds of sources, one row each; declared in source.h.
#include <filesystem>

#include "trecvit/base/error.h"
#include "trecvit/video/array_source.h"
#include "trecvit/video/frames_folder.h"
#include "trecvit/video/picture_file.h"
#include "trecvit/video/source.h"
#include "trecvit/video/synthetic_source.h"
#include "trecvit/video/video_file.h"

namespace trecvit {
namespace {

bool is_folder(const std::string& source) {
  std::error_code unreadable;
  return std::filesystem::is_directory(source, unreadable);
}

constexpr SourceKind kKinds[] = {
    {"synthetic", false, is_synthetic_name, open_synthetic},
    {"folder", true, is_folder, open_frames_folder},
    {"array", false, is_array_name, open_array},
    {"picture", true, is_picture_name, open_picture},
    {"video", false, [](const std::string&) { return true; }, open_video_file},
};

}  // namespace

std::span<const SourceKind> source_kinds() { return kKinds; }

std::unique_ptr<FrameSource> open_source(const std::string& source, const SourceOptions& options) {
  for (const auto& kind : kKinds) {
    if ((options.pictures || !kind.of_pictures) && kind.takes(source)) return kind.open(source, options);
  }
  TRECVIT_CHECK(false);  // the last kind takes everything
  return nullptr;
}

std::optional<Frame> FrameSource::next() {
  Frame frame;
  return read(frame) ? std::optional(std::move(frame)) : std::nullopt;
}

}  // namespace trecvit
