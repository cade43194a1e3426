#include <utility>

#include "trecvit/pipeline/result_json.h"
#include "trecvit/pipeline/sink_kinds.h"

namespace trecvit {
namespace {

class JsonSink : public ResultSink {
 public:
  explicit JsonSink(SinkOptions options) : options_(std::move(options)) {}

  void begin(const SourceInfo& source) override { source_ = source.name; }
  void frame(const FrameResult& result) override {
    const auto top = top_classes_of_logits(result.answer.logits, *options_.config, options_.topk);
    options_.write(json_line({{"schema", "trecvit.stream/1"},
                              {"source", source_},
                              {"frame", result.frame.index},
                              {"time_s", result.frame.pts_seconds},
                              {"top", to_json(top)},
                              {"latency_ms", readable(result.latency_ms)},
                              {"skipped", 0}}) +
                   "\n");
  }

 private:
  SinkOptions options_;
  std::string source_;
};

}  // namespace

std::unique_ptr<ResultSink> open_json_sink(const SinkOptions& options) { return std::make_unique<JsonSink>(options); }

}  // namespace trecvit
