#include "trecvit/video/source.h"

#include "trecvit/video/array_source.h"
#include "trecvit/video/synthetic_source.h"
#include "trecvit/video/video_file.h"

namespace trecvit {

std::unique_ptr<FrameSource> open_source(const std::string& source, const SourceOptions& options) {
  constexpr std::string_view kSynthetic = "synthetic:";
  if (source.starts_with(kSynthetic)) return open_synthetic(source, source.substr(kSynthetic.size()), options);
  if (source.ends_with(".npy") || source.ends_with(".npz")) return open_array(source, options);
  return open_video_file(source, options);
}

}  // namespace trecvit
