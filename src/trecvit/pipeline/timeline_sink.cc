// A page or a picture of what the model saw over time; declared in sink_kinds.h.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <tuple>
#include <utility>
#include <vector>

#include "trecvit/base/error.h"
#include "trecvit/base/text.h"
#include "trecvit/engine/engine.h"
#include "trecvit/image/png.h"
#include "trecvit/image/resize.h"
#include "trecvit/pipeline/probability_history.h"
#include "trecvit/pipeline/sink_kinds.h"
#include "trecvit/report/timeline.h"

namespace trecvit {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostThumbnails = 48, kCurves = 6, kMostEvents = 10'000;
constexpr int kThumbnailHeight = 72, kMostThumbnailWidth = 256;

struct Thumbnail {
  double seconds;
  int height, width;
  std::vector<uint8_t> pixels;
};

Thumbnail reduced(const ImageView& frame, double seconds) {
  const double scale = static_cast<double>(kThumbnailHeight) / frame.height;
  Thumbnail out{seconds,
                kThumbnailHeight,
                std::clamp(static_cast<int>(std::lround(frame.width * scale)), 1, kMostThumbnailWidth),
                {}};
  Resizer resizer(whole_axis(frame.height, out.height), whole_axis(frame.width, out.width));
  out.pixels.resize(size_t{3} * static_cast<size_t>(out.height) * static_cast<size_t>(out.width));
  if (frame.type == PixelType::kU8) {
    resizer.run(frame, out.pixels.data(), out.width);
    return out;
  }
  std::vector<float> values(out.pixels.size());
  resizer.run(frame, values.data(), out.width);
  std::ranges::transform(values, out.pixels.begin(),
                         [](float v) { return static_cast<uint8_t>(std::lround(std::clamp(v, 0.0F, 1.0F) * 255)); });
  return out;
}

class TimelineSink : public ResultSink {
 public:
  explicit TimelineSink(const SinkOptions& options)
      : options_(options),
        config_(*options.config),
        file_(options.path, options.overwrite),
        tracker_(options.events, config_.num_classes),
        probs_(static_cast<size_t>(config_.num_classes)) {}

  void begin(const SourceInfo& source) override {
    if (begun_) fail_usage(options_.path, "expected one source for a page, got {} as well", source.name);
    begun_ = true;
    source_ = source.name;
  }

  void frame(const FrameResult& result) override {
    const Frame& frame = result.frame;
    class_probs(config_, result.answer.logits, probs_);
    history_.add(frame.pts_seconds, probs_);
    keep(tracker_.add(time_of_frame(frame), probs_));
    if (frame.pts_seconds + 1e-9 >= next_thumbnail_) add_thumbnail(frame);
    length_ = frame.pts_seconds + frame.duration_seconds;
    ++frames_;
  }

  void end(const SessionTotals&) override { keep(tracker_.end()); }

  // Without a source that could be opened, an old file is kept.
  void finish() override {
    if (!begun_) return;
    const report::Timeline timeline = make_timeline();
    file_.write(ascii_lower(options_.path).ends_with(".svg") ? report::render_timeline_svg(timeline)
                                                             : report::render_timeline_page(timeline));
    file_.commit();
  }

 private:
  void keep(const EventChanges& changes) {
    for (const Event& event : changes.over) {
      ++all_events_;
      if (events_.size() < kMostEvents) events_.push_back(event);
    }
  }

  // Evenly spread: when there are too many, every second one goes, and later ones come half as often.
  void add_thumbnail(const Frame& frame) {
    if (thumbnails_.size() == kMostThumbnails) {
      for (size_t i = 0; 2 * i < thumbnails_.size(); ++i) std::swap(thumbnails_[i], thumbnails_[2 * i]);
      thumbnails_.resize((thumbnails_.size() + 1) / 2);
      interval_ = 2 * std::max(interval_, frame.pts_seconds / kMostThumbnails / 2);
      next_thumbnail_ = thumbnails_.back().seconds + interval_;
      if (frame.pts_seconds + 1e-9 < next_thumbnail_) return;
    }
    thumbnails_.push_back(reduced(frame.image.view(), frame.pts_seconds));
    next_thumbnail_ = frame.pts_seconds + interval_;
  }

  // The file relative to the page, if it is one.
  std::string address_of_video() const {
    std::error_code error;
    if (!fs::is_regular_file(source_, error)) return "";
    const fs::path folder = fs::absolute(options_.path, error).parent_path();
    return report::url_of_path(fs::absolute(source_, error).lexically_relative(folder).generic_string());
  }

  report::Timeline make_timeline() const {
    report::Timeline timeline;
    timeline.title = fs::path(source_).filename().string();
    timeline.subtitle = fmt::format("{} frames, {}", frames_, report::clock_time(length_));
    timeline.video = address_of_video();
    timeline.length = length_;
    timeline.seconds = history_.seconds();
    for (const int64_t label : history_.highest(kCurves))
      timeline.curves.push_back({config_.label(label), history_.probs_of(label)});
    for (const Event& event : events_)
      timeline.events.push_back(
          {config_.label(event.label), event.start_seconds, event.end_seconds, event.peak, event.mean});
    std::ranges::sort(timeline.events, {}, [](const auto& event) { return std::tie(event.start, event.label); });
    for (const auto& [seconds, height, width, pixels] : thumbnails_)
      timeline.thumbnails.push_back({seconds, {encode_png(pixels, height, width), height, width}});
    if (all_events_ > kMostEvents)
      timeline.notes.push_back(fmt::format("The first {} of {} events.", kMostEvents, all_events_));
    return timeline;
  }

  SinkOptions options_;
  const ModelConfig& config_;
  AtomicFile file_;
  EventTracker tracker_;
  std::vector<float> probs_;
  ProbabilityHistory history_;
  std::vector<Thumbnail> thumbnails_;
  std::vector<Event> events_;
  std::string source_;
  double length_ = 0, interval_ = 0.5, next_thumbnail_ = 0;  // seconds
  size_t all_events_ = 0;
  int64_t frames_ = 0;
  bool begun_ = false;
};

}  // namespace

std::unique_ptr<ResultSink> open_timeline_sink(const SinkOptions& options) {
  return std::make_unique<TimelineSink>(options);
}

}  // namespace trecvit
