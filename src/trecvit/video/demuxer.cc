#include "trecvit/video/demuxer.h"

#include <filesystem>
#include <sstream>
#include <vector>

#include "trecvit/base/error.h"
#include "trecvit/video/source.h"

namespace trecvit {
namespace {

// The program decides on a format by content, whatever the name says: a playlist called clip.mp4 would make it open
// the files it lists. So formats are named that carry their video in themselves.
constexpr const char* kFormats = "mov,matroska,avi,mpegts,mpeg,mpegvideo,ogg,ivf,flv,h264,hevc";
constexpr int kMaxStreams = 16;
constexpr int kMaxDamagedInARow = 64;

void check_file(const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  const std::string name = printable(path);
  if (!std::filesystem::exists(status)) fail_input(name, "expected a video file, got none of that name");
  if (!std::filesystem::is_regular_file(status)) fail_input(name, "expected a video file, got a folder or a device");
  if (std::filesystem::file_size(path, error) == 0) fail_input(name, "expected a video file, got an empty one");
}

FfmpegPtr<AVFormatContext> open_format(const std::string& path, const std::string& name) {
  FfmpegOptions options;
  options.set("format_whitelist", kFormats);
  options.set("protocol_whitelist", "file");
  options.set("probesize", 5'000'000);
  options.set("analyzeduration", 5'000'000);  // microseconds
  options.set("max_streams", kMaxStreams);
  options.set("max_probe_packets", 500);
  AVFormatContext* context = nullptr;
  forget_ffmpeg_message();
  // With the scheme in front no part of a path is taken for one.
  const int error = avformat_open_input(&context, ("file:" + path).c_str(), nullptr, options.get());
  if (error < 0) {
    fail_input(name, "expected a video file, got one that cannot be opened: {}", ffmpeg_error(error));
  }
  return FfmpegPtr<AVFormatContext>(context);
}

std::optional<double> positive(AVRational value) {
  if (value.num <= 0 || value.den <= 0) return std::nullopt;
  return av_q2d(value);
}

std::optional<double> duration_seconds(const AVFormatContext& format, const AVStream& stream) {
  if (stream.duration > 0) return static_cast<double>(stream.duration) * av_q2d(stream.time_base);
  if (format.duration > 0) return static_cast<double>(format.duration) / AV_TIME_BASE;
  return std::nullopt;
}

}  // namespace

std::vector<std::string> video_formats() {
  std::vector<std::string> formats;
  std::istringstream list(kFormats);
  for (std::string name; std::getline(list, name, ',');) formats.push_back(name);
  return formats;
}

Demuxer::Demuxer(const std::string& path, int64_t max_pixels) : name_(printable(path)) {
  prepare_ffmpeg();
  check_file(path);
  format_ = open_format(path, name_);
  packet_ = make_packet();
  check_stream(max_pixels);
  probe(max_pixels);
  check_stream(max_pixels);
  if (stream_ == nullptr) fail_input(name_, "expected a video stream, got {} other streams", format_->nb_streams);
  for (unsigned i = 0; i < format_->nb_streams; ++i) {
    if (format_->streams[i] != stream_) format_->streams[i]->discard = AVDISCARD_ALL;
  }
}

// Looking for what the header does not say decodes a little, so the limit on pixels holds here as well.
void Demuxer::probe(int64_t max_pixels) {
  std::vector<FfmpegOptions> options(format_->nb_streams);
  std::vector<AVDictionary*> raw(options.size());
  for (size_t i = 0; i < options.size(); ++i) {
    options[i].set("max_pixels", decoder_pixel_limit(max_pixels));
    options[i].set("threads", 1);
    raw[i] = *options[i].get();
  }
  forget_ffmpeg_message();
  const int error = avformat_find_stream_info(format_.get(), raw.empty() ? nullptr : raw.data());
  for (size_t i = 0; i < options.size(); ++i) *options[i].get() = raw[i];  // it replaces what it consumes
  if (error < 0) fail_input(name_, "expected a video file, got one that cannot be read: {}", ffmpeg_error(error));
}

AVStream* Demuxer::first_video() const {
  for (unsigned i = 0; i < format_->nb_streams; ++i) {
    AVStream* stream = format_->streams[i];
    const bool is_cover = (stream->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
    if (stream->codecpar->codec_type == AVMEDIA_TYPE_VIDEO && !is_cover) return stream;
  }
  return nullptr;
}

// Before anything of it is decoded, and again when probing has found what the header did not say.
void Demuxer::check_stream(int64_t max_pixels) {
  stream_ = first_video();
  if (stream_ == nullptr) return;
  const AVCodecParameters& parameters = *stream_->codecpar;
  if (av_dict_get(stream_->metadata, "enc_key_id", nullptr, 0) != nullptr) fail_encrypted();
  if (int64_t{parameters.width} * parameters.height > max_pixels) {
    fail_input(name_, "expected at most {} pixels a frame, got {}x{}", max_pixels, parameters.width, parameters.height);
  }
}

void Demuxer::fail_encrypted() const { fail_input(name_, "expected plain video, got an encrypted stream"); }

const AVPacket* Demuxer::next() {
  for (int damaged_in_a_row = 0; damaged_in_a_row < kMaxDamagedInARow;) {
    av_packet_unref(packet_.get());
    const int error = av_read_frame(format_.get(), packet_.get());
    if (error == AVERROR_EOF) {
      check_end();
      return nullptr;
    }
    if (error == AVERROR(EIO)) fail_input(name_, "expected more video, got: {}", ffmpeg_error(error));
    if (error < 0) {
      ++damaged_packets_;
      ++damaged_in_a_row;
    } else if (packet_->stream_index == stream_->index) {
      if (av_packet_get_side_data(packet_.get(), AV_PKT_DATA_ENCRYPTION_INFO, nullptr) != nullptr) fail_encrypted();
      damaged_packets_ += (packet_->flags & AV_PKT_FLAG_CORRUPT) != 0;
      return packet_.get();
    }
  }
  return nullptr;
}

// A disk that fails looks like the end of the file to some formats.
void Demuxer::check_end() const {
  const int error = format_->pb != nullptr ? format_->pb->error : 0;
  if (error < 0 && error != AVERROR_EOF) fail_input(name_, "expected more video, got: {}", ffmpeg_error(error));
}

SourceInfo Demuxer::describe() const {
  SourceInfo info;
  info.width = stream_->codecpar->width;
  info.height = stream_->codecpar->height;
  info.format = format_->iformat->name;
  info.codec = avcodec_get_name(stream_->codecpar->codec_id);
  info.fps_from_header = positive(av_guess_frame_rate(format_.get(), stream_, nullptr));
  info.duration_seconds_from_header = duration_seconds(*format_, *stream_);
  if (stream_->nb_frames > 0) info.frames_from_header = stream_->nb_frames;
  return info;
}

}  // namespace trecvit
