#include <fmt/format.h>

#include <utility>

#include "trecvit/base/text.h"
#include "trecvit/pipeline/prediction.h"
#include "trecvit/pipeline/sink_kinds.h"

namespace trecvit {
namespace {

class TextSink : public ResultSink {
 public:
  explicit TextSink(SinkOptions options) : options_(std::move(options)) {}

  void frame(const FrameResult& result) override {
    std::string line =
        fmt::format("{:6}  {:9.3f} s  {:7.2f} ms ", result.frame.index, result.frame.pts_seconds, result.latency_ms);
    for (const auto& [index, label, prob] :
         top_classes_of_logits(result.answer.logits, *options_.config, options_.topk))
      line += fmt::format("  {:.3f} {}", prob, terminal_text(label));
    options_.write(line + "\n");
  }

 private:
  SinkOptions options_;
};

}  // namespace

std::unique_ptr<ResultSink> open_text_sink(const SinkOptions& options) { return std::make_unique<TextSink>(options); }

}  // namespace trecvit
