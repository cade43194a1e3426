// Functions that the sinks' files provide for the list in sink_kinds.cc.
#pragma once

#include "trecvit/pipeline/result_sink.h"

namespace trecvit {

// A line for people: frame, time, latency and the best classes; and lines for events that have begun or are over.
std::unique_ptr<ResultSink> open_text_sink(const SinkOptions& options);
// A JSON object of schema trecvit.stream/1 for each frame, and one of trecvit.events/1 at the end of a source with
// events that go on until then.
std::unique_ptr<ResultSink> open_json_sink(const SinkOptions& options);
// An .npz file of one source: frame [T], time_s [T], cls [T, D], and with options.tokens tokens [T, N, D]. Memory stays
// constant: the numbers are kept on disk, in unnamed files in the output folder. Throws Error as NpzWriter does.
std::unique_ptr<ResultSink> open_feature_sink(const SinkOptions& options);

// A table as comma-separated text, one row per frame: source, frame, time_s, and the best classes with their
// probabilities, or with options.probs a column for each class. Throws Error as AtomicFile does.
std::unique_ptr<ResultSink> open_csv_sink(const SinkOptions& options);
// Files of events (events.h), by the ending of options.path: .edl an edit decision list (CMX 3600), .srt and .vtt
// subtitles, else a table as comma-separated text. Cues and edits lie in the order of their starts, rows of the table
// in the order in which the events end. All but the table hold one source.
std::unique_ptr<ResultSink> open_event_sink(const SinkOptions& options);

// An H.264 video, .mp4, of the frames of one source with the best classes, the time and the events painted on them.
// Throws Error as VideoWriter does.
std::unique_ptr<ResultSink> open_video_sink(const SinkOptions& options);

// A page (.html) or a picture (.svg) of one source: probabilities over time, thumbnails, events (report/timeline.h).
// Memory does not grow with its length, except for up to ten thousand events. Throws Error as AtomicFile does.
std::unique_ptr<ResultSink> open_timeline_sink(const SinkOptions& options);

}  // namespace trecvit
