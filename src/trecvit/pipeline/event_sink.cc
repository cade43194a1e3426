// The file of a stream's events; declared in sink_kinds.h.
#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "trecvit/base/error.h"
#include "trecvit/base/text.h"
#include "trecvit/engine/engine.h"
#include "trecvit/pipeline/event_files.h"
#include "trecvit/pipeline/sink_kinds.h"

namespace trecvit {
namespace {

enum class EventFormat { kTable, kSrt, kVtt, kEdl };

EventFormat format_of(const std::string& path) {
  const std::string lower = ascii_lower(path);
  if (lower.ends_with(".srt")) return EventFormat::kSrt;
  if (lower.ends_with(".vtt")) return EventFormat::kVtt;
  if (lower.ends_with(".edl")) return EventFormat::kEdl;
  return EventFormat::kTable;
}

constexpr double kUsualFps = 25, kMostFps = 1000;

class EventSink : public ResultSink {
 public:
  explicit EventSink(const SinkOptions& options)
      : options_(options),
        config_(*options.config),
        format_(format_of(options.path)),
        file_(options.path, options.overwrite),
        tracker_(options.events, config_.num_classes),
        probs_(static_cast<size_t>(config_.num_classes)) {
    if (format_ == EventFormat::kTable) file_.write(event_table_header());
    if (format_ == EventFormat::kVtt) file_.write("WEBVTT\n\n");
  }

  void begin(const SourceInfo& source) override {
    if (format_ != EventFormat::kTable && !source_.empty())
      fail_usage(options_.path, "expected one source for subtitles and edit lists, got {} as well", source.name);
    source_ = source.name;
    begun_ = true;
    const double fps = source.fps_from_header.value_or(kUsualFps);
    fps_ = fps > 0 && fps <= kMostFps ? std::max(static_cast<int>(std::lround(fps)), 1) : static_cast<int>(kUsualFps);
    if (format_ == EventFormat::kEdl) file_.write("TITLE: " + terminal_text(source_) + "\nFCM: NON-DROP FRAME\n\n");
  }

  void frame(const FrameResult& result) override {
    class_probs(config_, result.answer.logits, probs_);
    keep(tracker_.add(time_of_frame(result.frame), probs_));
  }

  void end(const SessionTotals&) override { keep(tracker_.end()); }
  // Without a source that could be opened, an old file is kept.
  void finish() override {
    if (begun_) file_.commit();
  }

 private:
  // Rows of a table lie in the order in which the events end. Cues and edits lie in the order of their starts: each
  // waits until no earlier one can come.
  void keep(const EventChanges& changes) {
    if (format_ == EventFormat::kTable) {
      for (const Event& event : changes.over) write(event);
      return;
    }
    waiting_.insert(waiting_.end(), changes.over.begin(), changes.over.end());
    if (waiting_.empty() || (changes.over.empty() && waiting_.front().start_seconds >= tracker_.earliest_start()))
      return;
    std::ranges::sort(waiting_, {}, [](const Event& event) { return std::pair(event.start_seconds, event.label); });
    const double earliest = tracker_.earliest_start();
    auto next = waiting_.begin();
    while (next != waiting_.end() && next->start_seconds < earliest) write(*next++);
    waiting_.erase(waiting_.begin(), next);
  }

  void write(const Event& event) {
    const std::string label = config_.label(event.label);
    ++written_;
    switch (format_) {
      case EventFormat::kTable:
        return file_.write(event_row(event, source_, label));
      case EventFormat::kSrt:
        return file_.write(srt_cue(event, label, written_));
      case EventFormat::kVtt:
        return file_.write(vtt_cue(event, label));
      case EventFormat::kEdl:
        return file_.write(edl_edit(event, source_, label, written_, fps_, record_frames_));
    }
  }

  SinkOptions options_;
  const ModelConfig& config_;
  EventFormat format_;
  AtomicFile file_;
  EventTracker tracker_;
  std::vector<float> probs_;
  std::vector<Event> waiting_;  // over, in the order of their starts; not of a table
  std::string source_;
  bool begun_ = false;
  int fps_ = 0;
  int64_t written_ = 0, record_frames_ = 0;
};

}  // namespace

std::unique_ptr<ResultSink> open_event_sink(const SinkOptions& options) { return std::make_unique<EventSink>(options); }

}  // namespace trecvit
