// The frames of a source with their results painted on them; declared in sink_kinds.h.
#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "trecvit/base/error.h"
#include "trecvit/engine/engine.h"
#include "trecvit/pipeline/result_painter.h"
#include "trecvit/pipeline/sink_kinds.h"
#include "trecvit/video/video_writer.h"

namespace trecvit {
namespace {

constexpr double kUsualFps = 25;

class VideoSink : public ResultSink {
 public:
  explicit VideoSink(const SinkOptions& options)
      : options_(options),
        config_(*options.config),
        tracker_(options.events, config_.num_classes),
        probs_(static_cast<size_t>(config_.num_classes)) {
    check_writable(options.path, options.overwrite);
  }

  void begin(const SourceInfo& source) override {
    if (begun_) fail_usage(options_.path, "expected one source for a video, got {} as well", source.name);
    begun_ = true;
    const double fps = source.fps_from_header.value_or(kUsualFps);
    fps_ = std::isfinite(fps) ? std::clamp(fps, 1.0, 240.0) : kUsualFps;
  }

  void frame(const FrameResult& result) override {
    class_probs(config_, result.answer.logits, probs_);
    follow(tracker_.add(time_of_frame(result.frame), probs_));
    PaintedResult painted{result.frame.pts_seconds, top_classes(probs_, config_, options_.topk), {}};
    for (const int64_t label : going_on_) painted.events.push_back(config_.label(label));
    const ImageView picture = painter_.paint(result.frame.image.view(), painted);
    if (!writer_) {
      writer_.emplace(
          options_.path,
          VideoWriterOptions{
              .height = picture.height, .width = picture.width, .fps = fps_, .overwrite = options_.overwrite});
      begin_seconds_ = result.frame.pts_seconds;
    }
    writer_->add(picture, result.frame.pts_seconds - begin_seconds_);
  }

  void finish() override {
    if (writer_) writer_->finish();
  }

 private:
  void follow(const EventChanges& changes) {
    for (const Event& event : changes.over) std::erase(going_on_, event.label);
    for (const Event& event : changes.begun) going_on_.push_back(event.label);
  }

  SinkOptions options_;
  const ModelConfig& config_;
  EventTracker tracker_;
  std::vector<float> probs_;
  std::vector<int64_t> going_on_;
  ResultPainter painter_;
  std::optional<VideoWriter> writer_;  // from the first frame on, which gives the size
  double fps_ = kUsualFps, begin_seconds_ = 0;
  bool begun_ = false;
};

}  // namespace

std::unique_ptr<ResultSink> open_video_sink(const SinkOptions& options) { return std::make_unique<VideoSink>(options); }

}  // namespace trecvit
