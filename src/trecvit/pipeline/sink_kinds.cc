// The kinds of sinks, one per row.
#include "trecvit/pipeline/sink_kinds.h"

#include <algorithm>

#include "trecvit/base/error.h"

namespace trecvit {
namespace {

constexpr SinkKind kKinds[] = {
    {"text", "one line per frame, for people", open_text_sink},
    {"json", "one JSON object per frame, one per line", open_json_sink},
    {"csv", "one row per frame, as comma-separated text", open_csv_sink},
    {"events", "events, as comma-separated text, subtitles or an edit decision list", open_event_sink},
    {"video", "the frames with their results painted on them, as .mp4", open_video_sink},
    {"timeline", "a page or a picture of probabilities and events over time", open_timeline_sink},
    {"features", "the features of all frames, as .npz", open_feature_sink},
};

}  // namespace

std::span<const SinkKind> sink_kinds() { return kKinds; }

std::unique_ptr<ResultSink> open_sink(std::string_view kind, const SinkOptions& options) {
  const auto found = std::ranges::find(kKinds, kind, &SinkKind::name);
  TRECVIT_CHECK(found != std::end(kKinds));
  return found->open(options);
}

}  // namespace trecvit
