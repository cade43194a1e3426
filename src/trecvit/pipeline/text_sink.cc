#include <fmt/format.h>

#include <utility>
#include <vector>

#include "trecvit/base/text.h"
#include "trecvit/engine/engine.h"
#include "trecvit/pipeline/events.h"
#include "trecvit/pipeline/prediction.h"
#include "trecvit/pipeline/sink_kinds.h"

namespace trecvit {
namespace {

class TextSink : public ResultSink {
 public:
  explicit TextSink(SinkOptions options)
      : options_(std::move(options)),
        config_(*options_.config),
        tracker_(options_.events, config_.num_classes),
        probs_(static_cast<size_t>(config_.num_classes)) {}

  void frame(const FrameResult& result) override {
    const Frame& frame = result.frame;
    class_probs(config_, result.answer.logits, probs_);
    std::string line = fmt::format("{:6}  {:9.3f} s  {:7.2f} ms ", frame.index, frame.pts_seconds, result.latency_ms);
    if (result.age_ms) line += fmt::format(" {:7.1f} ms old, {} skipped ", *result.age_ms, frame.skipped);
    for (const auto& [index, label, prob] : top_classes(probs_, config_, options_.topk))
      line += fmt::format("  {:.3f} {}", prob, terminal_text(label));
    options_.write(line + "\n");
    write(tracker_.add(time_of_frame(frame), probs_));
  }

  void end(const SessionTotals&) override { write(tracker_.end()); }

 private:
  void write(const EventChanges& changes) {
    for (const Event& event : changes.over) {
      options_.write(fmt::format("        event over: {}, {:.3f} to {:.3f} s, mean {:.3f}, peak {:.3f}\n",
                                 terminal_text(config_.label(event.label)), event.start_seconds, event.end_seconds,
                                 event.mean, event.peak));
    }
    for (const Event& event : changes.begun) {
      options_.write(fmt::format("        event begun: {}, at {:.3f} s\n", terminal_text(config_.label(event.label)),
                                 event.start_seconds));
    }
  }

  SinkOptions options_;
  const ModelConfig& config_;
  EventTracker tracker_;
  std::vector<float> probs_;
};

}  // namespace

std::unique_ptr<ResultSink> open_text_sink(const SinkOptions& options) { return std::make_unique<TextSink>(options); }

}  // namespace trecvit
