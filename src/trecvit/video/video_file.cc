#include "trecvit/video/video_file.h"

#include <set>
#include <utility>

#include "trecvit/base/error.h"
#include "trecvit/video/color.h"
#include "trecvit/video/decoder.h"
#include "trecvit/video/frame_clock.h"
#include "trecvit/video/orientation.h"

namespace trecvit {
namespace {

Orientation orientation_of(const AVStream& stream) {
  const int32_t* matrix = display_matrix_of(stream);
  return matrix == nullptr ? Orientation{} : orientation_from_matrix(std::span<const int32_t, 9>(matrix, 9));
}

class VideoFile : public FrameSource {
 public:
  VideoFile(const std::string& path, const SourceOptions& options)
      : name_(printable(path)),
        demuxer_(path, options.max_pixels),
        decoder_(demuxer_, name_, options),
        orientation_(orientation_of(demuxer_.stream())),
        info_(demuxer_.describe()),
        clock_(av_q2d(demuxer_.stream().time_base), info_.fps_from_header ? 1 / *info_.fps_from_header : 0) {
    info_.name = path;
    forget_ffmpeg_message();
    look_ahead();
    if (!has_ahead_) fail_without_frames();
    info_.width = orientation_.transpose ? ahead_->height : ahead_->width;
    info_.height = orientation_.transpose ? ahead_->width : ahead_->height;
  }

  const SourceInfo& info() const override { return info_; }

  std::optional<Frame> next() override {
    if (!has_ahead_) return std::nullopt;
    std::swap(current_, ahead_);
    const double time = ahead_time_;
    look_ahead();
    const double duration = has_ahead_ ? ahead_time_ - time : clock_.length_of_last();
    const ImageView image = upright(color_.convert(*current_, name_), orientation_, rotated_);
    return Frame{image, index_++, time, duration};
  }

  SourceFaults faults() const override { return {demuxer_.damaged_packets() + decoder_.damaged_packets()}; }

 private:
  // A frame's duration is known when the next one's time is, so decoding is one frame ahead.
  void look_ahead() {
    has_ahead_ = decoder_.receive(*ahead_);
    if (!has_ahead_) return;
    const int64_t stamp = ahead_->best_effort_timestamp;
    ahead_time_ =
        clock_.next(stamp == AV_NOPTS_VALUE ? std::nullopt : std::optional(stamp), duration_ticks_of(*ahead_));
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
  ColorConverter color_;
  std::vector<uint8_t> rotated_;
  FfmpegPtr<AVFrame> current_ = make_frame(), ahead_ = make_frame();
  bool has_ahead_ = false;
  double ahead_time_ = 0;
  int64_t index_ = 0;
};

}  // namespace

std::unique_ptr<FrameSource> open_video_file(const std::string& path, const SourceOptions& options) {
  if (options.max_pixels < 1 || options.decoder_threads < 0 || options.decoder_threads > 64) {
    fail_usage("video", "expected max_pixels >= 1 and 0 to 64 decoder threads, got {} and {}", options.max_pixels,
               options.decoder_threads);
  }
  return std::make_unique<VideoFile>(path, options);
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
