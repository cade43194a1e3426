// Functions that the sinks' files provide for the list in sink_kinds.cc.
#pragma once

#include "trecvit/pipeline/result_sink.h"

namespace trecvit {

// A line for people: frame, time, latency and the best classes.
std::unique_ptr<ResultSink> open_text_sink(const SinkOptions& options);
// A JSON object of schema trecvit.stream/1.
std::unique_ptr<ResultSink> open_json_sink(const SinkOptions& options);
// An .npz file of one source: frame [T], time_s [T], cls [T, D], and with options.tokens tokens [T, N, D]. Memory stays
// constant: the numbers are kept on disk, in unnamed files in the output folder. Throws Error as NpzWriter does.
std::unique_ptr<ResultSink> open_feature_sink(const SinkOptions& options);

}  // namespace trecvit
