#include "trecvit/video/video_file.h"

#include <deque>
#include <exception>
#include <set>
#include <utility>

#include "trecvit/base/error.h"
#include "trecvit/base/stop.h"
#include "trecvit/base/url.h"
#include "trecvit/video/color.h"
#include "trecvit/video/decoder.h"
#include "trecvit/video/frame_clock.h"
#include "trecvit/video/live_source.h"
#include "trecvit/video/orientation.h"

namespace trecvit {
namespace {

constexpr int64_t kMaxPixelsAhead = int64_t{64} << 20;  // of frames that wait, beyond two frames

FrameClock::Options clock_options(const AVStream& stream, const std::optional<double>& fps) {
  return {av_q2d(stream.time_base), fps ? 1 / *fps : 0, stream.pts_wrap_bits};
}

FrameStamp stamp_of(const AVFrame& frame) {
  const int64_t ticks = frame.best_effort_timestamp;
  return {ticks == AV_NOPTS_VALUE ? std::nullopt : std::optional(ticks), duration_ticks_of(frame)};
}

Orientation orientation_of(const AVStream& stream) {
  const int32_t* matrix = display_matrix_of(stream);
  return matrix == nullptr ? Orientation{} : orientation_from_matrix(std::span<const int32_t, 9>(matrix, 9));
}

class VideoFile : public FrameSource {
 public:
  // source: as given; name: for messages.
  VideoFile(std::unique_ptr<MediaInput> input, const std::string& source, std::string name,
            const SourceOptions& options)
      : name_(std::move(name)),
        demuxer_(std::move(input), name_, options),
        decoder_(demuxer_, name_, options),
        orientation_(orientation_of(demuxer_.stream())),
        info_(demuxer_.describe()),
        clock_(clock_options(demuxer_.stream(), info_.fps_from_header)),
        stop_(options.stop) {
    info_.name = without_secrets(source);
    forget_ffmpeg_message();
    const AVFrame* first = ahead(0);
    if (failure_) std::rethrow_exception(failure_);
    if (first == nullptr) fail_without_frames();
    info_.width = orientation_.transpose ? first->height : first->width;
    info_.height = orientation_.transpose ? first->width : first->height;
    if (!info_.is_live) set_next_time();
  }

  const SourceInfo& info() const override { return info_; }

  bool read(Frame& frame) override {
    throw_if_stopped(stop_);
    if (info_.is_live) set_next_time();
    if (ahead_.empty() && failure_) std::rethrow_exception(failure_);
    if (ahead_.empty()) return false;
    const auto decoded = std::move(ahead_.front());
    ahead_.pop_front();
    frame.pts_seconds = next_time_;
    if (!info_.is_live) set_next_time();
    const bool is_next_known = !ahead_.empty() && !info_.is_live;
    frame.duration_seconds = is_next_known ? next_time_ - frame.pts_seconds : clock_.length_of_last();
    frame.index = index_++;
    frame.after_gap = false;
    const bool turned = orientation_ != Orientation{};
    color_.convert(*decoded, name_, turned ? as_coded_ : frame.image);
    if (turned) upright(as_coded_.view(), orientation_, frame.image);
    return true;
  }

  SourceFaults faults() const override {
    return {.damaged_packets = demuxer_.damaged_packets() + decoder_.damaged_packets(),
            .is_over = demuxer_.is_over(),
            .choice = demuxer_.choice()};
  }

 private:
  // A frame's duration is known once the next one's time is, so decoding runs one frame ahead, or more if the clock
  // needs to see more. Not with a live source: it would have to wait for them.
  void set_next_time() {
    const AVFrame* next = ahead(0);
    if (next == nullptr) return;
    next_time_ = clock_.next(stamp_of(*next), [this](int k) {
      const AVFrame* later = info_.is_live ? nullptr : ahead(static_cast<size_t>(k) + 1);
      return later == nullptr ? std::nullopt : std::optional(stamp_of(*later));
    });
  }

  // The frame `place` positions after the next one; null past the end and if that many are too many to keep. What ends
  // the reading is thrown once the frames before it were given.
  const AVFrame* ahead(size_t place) {
    while (ahead_.size() <= place) {
      if (failure_ || (place > 1 && pixels_ahead() > kMaxPixelsAhead)) return nullptr;
      auto frame = make_frame();
      try {
        if (!decoder_.receive(*frame)) return nullptr;
      } catch (...) {
        failure_ = std::current_exception();
        return nullptr;
      }
      ahead_.push_back(std::move(frame));
    }
    return ahead_[place].get();
  }

  int64_t pixels_ahead() const {
    int64_t pixels = 0;
    for (const auto& frame : ahead_) pixels += int64_t{frame->width} * frame->height;
    return pixels;
  }

  [[noreturn]] void fail_without_frames() const {
    const std::string message = last_ffmpeg_message();
    fail_input(name_, "expected {} video, got no frame that can be decoded and {} damaged packets{}{}", info_.codec,
               faults().damaged_packets, message.empty() ? "" : ": ", message);
  }

  std::string name_;
  Demuxer demuxer_;
  Decoder decoder_;
  Orientation orientation_;
  SourceInfo info_;
  FrameClock clock_;
  std::stop_token stop_;
  ColorConverter color_;
  Image as_coded_;                        // of a video that must be turned
  std::deque<FfmpegPtr<AVFrame>> ahead_;  // decoded but not given yet, in order
  std::exception_ptr failure_;
  double next_time_ = 0;  // of the first frame in ahead_
  int64_t index_ = 0;
};

void check_options(const SourceOptions& options) {
  if (options.max_pixels < 1 || options.decoder_threads < 0 || options.decoder_threads > 64) {
    fail_usage("video", "expected max_pixels >= 1 and 0 to 64 decoder threads, got {} and {}", options.max_pixels,
               options.decoder_threads);
  }
  if (options.probe_bytes < 2048 || options.probe_bytes > 1'000'000'000 || options.max_tracks < 1) {
    fail_usage("video", "expected 2048 to 1e9 probe_bytes and max_tracks >= 1, got {} and {}", options.probe_bytes,
               options.max_tracks);
  }
  if (!(options.timeout_seconds > 0 && options.reconnect_seconds >= 0)) {
    fail_usage("video", "expected timeout_seconds > 0 and reconnect_seconds >= 0, got {} and {}",
               options.timeout_seconds, options.reconnect_seconds);
  }
}

}  // namespace

std::unique_ptr<FrameSource> open_video_file(const std::string& path, const SourceOptions& options) {
  check_options(options);
  return open_media(open_media_file(path, options.stop), path, options);
}

std::unique_ptr<FrameSource> open_media(std::unique_ptr<MediaInput> input, const std::string& source,
                                        const SourceOptions& options) {
  return std::make_unique<VideoFile>(std::move(input), source, printable(source), options);
}

std::unique_ptr<FrameSource> open_video_stdin(const std::string& source, const SourceOptions& options) {
  check_options(options);
  return std::make_unique<VideoFile>(open_media_stdin(options.stop), source, "stdin", options);
}

std::unique_ptr<FrameSource> open_video_url(const std::string& url, const SourceOptions& options) {
  check_options(options);
  return reconnecting(
      [url](const SourceOptions& chosen) { return open_media(open_media_url(url, chosen), url, chosen); }, options);
}

std::vector<std::string> video_codecs() {
  std::set<std::string> names;
  void* position = nullptr;
  while (const AVCodec* codec = av_codec_iterate(&position)) {
    if (av_codec_is_decoder(codec) && codec->type == AVMEDIA_TYPE_VIDEO) names.insert(avcodec_get_name(codec->id));
  }
  return {names.begin(), names.end()};
}

std::string video_libraries() {
  const auto version = [](const char* name, unsigned v) {
    return fmt::format("{} {}.{}.{}", name, v >> 16, (v >> 8) & 0xff, v & 0xff);
  };
  return fmt::format("{}, {}, {}", version("libavformat", avformat_version()), version("libavcodec", avcodec_version()),
                     version("libswscale", swscale_version()));
}

}  // namespace trecvit
