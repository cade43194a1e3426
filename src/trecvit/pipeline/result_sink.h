// Where the answers of a stream go: lines of text, JSON, an array file. Each kind has a file of its own and a row in
// sink_kinds.cc; a program may pass sinks of its own to a session as well.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "trecvit/config/model_config.h"
#include "trecvit/engine/engine.h"
#include "trecvit/io/atomic_file.h"
#include "trecvit/video/source.h"

namespace trecvit {

// The answer to one frame.
struct FrameResult {
  int64_t index = 0;        // in the source
  double time_seconds = 0;  // when it is shown
  StepResult answer;        // valid during the call
  double latency_ms = 0;    // of the step
};

// What a session did with one source.
struct SessionTotals {
  int64_t frames = 0;
  bool stopped = false;            // rather than at the input's end
  double wall_seconds = 0;         // decoding and preprocessing included
  std::vector<double> latency_ms;  // of the newest steps
  SourceFaults faults;
};

// Called by one thread, for each source begin(), frame() as often as there are answers, and end(); then finish(). What
// a call throws ends the session.
class ResultSink {
 public:
  virtual ~ResultSink() = default;
  virtual void begin(const SourceInfo&) {}
  virtual void frame(const FrameResult& result) = 0;
  virtual void end(const SessionTotals&) {}
  // No more sources: a file appears under its name. Without this call it does not, and an old one stays.
  virtual void finish() {}
};

// What a sink is made with; each kind takes what it needs.
struct SinkOptions {
  const ModelConfig* config = nullptr;                    // of the model; must outlive the sink
  int64_t topk = 1;                                       // classes
  std::function<void(std::string_view line)> write = {};  // of sinks of lines, which end with a line feed
  std::string path = {};                                  // of sinks that write a file
  Overwrite overwrite = Overwrite::kNo;
  bool tokens = false;  // of features: also those of each token
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
