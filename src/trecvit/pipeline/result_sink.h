// Outputs for the answers of a stream: lines of text, JSON, an array file. Each kind has its own file and a row in
// sink_kinds.cc; a program may also pass its own to a Session.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "trecvit/config/event_rule.h"
#include "trecvit/config/model_config.h"
#include "trecvit/engine/engine.h"
#include "trecvit/io/atomic_file.h"
#include "trecvit/pipeline/events.h"
#include "trecvit/pipeline/model_input.h"

namespace trecvit {

// The answer to one frame.
struct FrameResult {
  const InputFrame& frame;  // valid during the call, as the answer
  const StepResult& answer;
  double latency_ms;             // of the step
  std::optional<double> age_ms;  // of a live source: from when the frame was read until its answer
};

inline FrameTime time_of_frame(const Frame& frame) {
  return {frame.index, frame.pts_seconds, frame.duration_seconds, frame.after_gap};
}

// What a Session did with one source.
struct SessionTotals {
  int64_t frames = 0;
  int64_t skipped = 0;             // of a live source, because newer ones had come
  bool stopped = false;            // stopped before the input's end
  bool failed = false;             // ended by an error
  double wall_seconds = 0;         // including decoding and preprocessing
  std::vector<double> latency_ms;  // of the newest steps
  SourceFaults faults;
};

// Called by one thread: for each source begin(), frame() once per answer, and end(), also after an error that came
// after begin(); then finish(). An exception from any call ends the stream.
class ResultSink {
 public:
  virtual ~ResultSink() = default;
  virtual void begin(const SourceInfo&) {}
  virtual void frame(const FrameResult& result) = 0;
  virtual void end(const SessionTotals&) {}
  // No more sources: a file is committed under its name. Without this call it is not, and an old file is kept.
  virtual void finish() {}
};

// Several sinks as one, called in the order in which they were added.
class ResultSinks : public ResultSink {
 public:
  void add(std::unique_ptr<ResultSink> sink);
  void begin(const SourceInfo& source) override;
  void frame(const FrameResult& result) override;
  // Ends every sink, even if one of them throws; the first exception is thrown at the end. The same for finish().
  void end(const SessionTotals& totals) override;
  void finish() override;

 private:
  std::vector<std::unique_ptr<ResultSink>> sinks_;
};

// The options for making a sink; each kind uses those it needs.
struct SinkOptions {
  const ModelConfig* config = nullptr;                    // the model's; must outlive the sink
  int64_t topk = 1;                                       // classes
  std::function<void(std::string_view line)> write = {};  // for sinks of lines, each ending with a line feed
  std::string path = {};                                  // for sinks that write a file
  Overwrite overwrite = Overwrite::kNo;
  bool tokens = false;    // for features: also those of each token
  bool probs = false;     // of every class, instead of the best ones
  EventRule events = {};  // when probabilities become an event
};

struct SinkKind {
  std::string_view name;
  std::string_view what;  // for people
  std::unique_ptr<ResultSink> (*open)(const SinkOptions& options);
};
std::span<const SinkKind> sink_kinds();

// The sink of a kind that is in the list.
std::unique_ptr<ResultSink> open_sink(std::string_view kind, const SinkOptions& options);

}  // namespace trecvit
