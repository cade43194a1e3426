#include <utility>
#include <vector>

#include "trecvit/engine/engine.h"
#include "trecvit/pipeline/events.h"
#include "trecvit/pipeline/result_json.h"
#include "trecvit/pipeline/sink_kinds.h"

namespace trecvit {
namespace {

class JsonSink : public ResultSink {
 public:
  explicit JsonSink(SinkOptions options)
      : options_(std::move(options)),
        config_(*options_.config),
        tracker_(options_.events, config_.num_classes),
        probs_(static_cast<size_t>(config_.num_classes)) {}

  void begin(const SourceInfo& source) override { source_ = source.name; }

  void frame(const FrameResult& result) override {
    class_probs(config_, result.answer.logits, probs_);
    const Frame& frame = result.frame;
    Json object{{"schema", "trecvit.stream/1"},
                {"source", source_},
                {"frame", frame.index},
                {"time_s", frame.pts_seconds},
                {"top", to_json(top_classes(probs_, config_, options_.topk))},
                {"latency_ms", readable(result.latency_ms)},
                {"skipped", frame.skipped}};
    if (result.age_ms) object["age_ms"] = readable(*result.age_ms);
    if (options_.probs) object["probs"] = probs_by_label();
    const EventChanges changes = tracker_.add(time_of_frame(frame), probs_);
    if (Json events = events_of(changes); !events.empty()) object["events"] = std::move(events);
    options_.write(json_line(object) + "\n");
  }

  // Events that go on until the end of the source are over with it, in an object of their own.
  void end(const SessionTotals&) override {
    Json events = events_of(tracker_.end());
    if (events.empty()) return;
    options_.write(json_line({{"schema", "trecvit.events/1"}, {"source", source_}, {"events", std::move(events)}}) +
                   "\n");
  }

 private:
  Json probs_by_label() const {
    Json probs = Json::object();
    for (size_t i = 0; i < probs_.size(); ++i) probs[config_.label(static_cast<int64_t>(i))] = shortest(probs_[i]);
    return probs;
  }

  Json events_of(const EventChanges& changes) const {
    Json events = Json::array();
    for (const Event& event : changes.over) events.push_back(to_json(event, config_.label(event.label), true));
    for (const Event& event : changes.begun) events.push_back(to_json(event, config_.label(event.label), false));
    return events;
  }

  SinkOptions options_;
  const ModelConfig& config_;
  EventTracker tracker_;
  std::vector<float> probs_;
  std::string source_;
};

}  // namespace

std::unique_ptr<ResultSink> open_json_sink(const SinkOptions& options) { return std::make_unique<JsonSink>(options); }

}  // namespace trecvit
