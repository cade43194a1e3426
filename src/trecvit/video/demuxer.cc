#include "trecvit/video/demuxer.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <sstream>
#include <thread>
#include <utility>
#include <vector>

#include "trecvit/base/error.h"
#include "trecvit/io/file_kind.h"
#include "trecvit/video/second_movie.h"
#include "trecvit/video/stream_facts.h"

namespace trecvit {
namespace {

// The format is detected by content, whatever the name says: a playlist called clip.mp4 would make FFmpeg open the
// files that it lists. So only formats that contain their video themselves are allowed.
constexpr const char* kFormats =
    "mov,matroska,avi,mpegts,mpeg,mpegvideo,ogg,ivf,flv,h264,hevc,asf,mxf,nut,gif,apng,mjpeg,yuv4mpegpipe,dv,obu,av1,"
    "m4v,"
    "h263";
constexpr int kMaxDamagedInARow = 64;
// How much is read to learn what the header does not say: of a live stream less, as its frames are lost meanwhile.
constexpr int64_t kAnalyzedMicroseconds = 5'000'000, kAnalyzedMicrosecondsLive = 1'000'000;
constexpr auto kCameraWait = std::chrono::milliseconds(2);  // until a camera that has no frame is asked again

// One format may have several names: "mov,mp4,m4a,3gp,3g2,mj2".
bool is_read(const AVInputFormat& format) {
  std::istringstream list(kFormats);
  for (std::string name; std::getline(list, name, ',');) {
    if (av_match_name(name.c_str(), format.name) != 0) return true;
  }
  return false;
}

// Whatever a file says, no other file is opened on its behalf.
int open_nothing(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) { return AVERROR(EPERM); }

bool is_video(const AVStream& stream) {
  constexpr int kPictures = AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS;
  return stream.codecpar->codec_type == AVMEDIA_TYPE_VIDEO && (stream.disposition & kPictures) == 0;
}

// A picture that is not marked as a cover: a track of one frame, or one with a picture codec and an unknown number of
// frames.
bool is_still(const AVStream& stream) {
  if (stream.nb_frames != 0) return stream.nb_frames == 1;
  const AVCodecDescriptor* codec = avcodec_descriptor_get(stream.codecpar->codec_id);
  return codec != nullptr && codec->mime_types != nullptr &&
         std::string_view(codec->mime_types[0]).starts_with("image/");
}

}  // namespace

std::vector<std::string> video_formats() {
  std::vector<std::string> formats;
  std::istringstream list(kFormats);
  for (std::string name; std::getline(list, name, ',');) formats.push_back(name);
  return formats;
}

Demuxer::Demuxer(std::unique_ptr<MediaInput> input, std::string name, const SourceOptions& options)
    : name_(std::move(name)), options_(options), input_(std::move(input)) {
  prepare_ffmpeg(options.max_pixels);
  packet_ = make_packet();
  open(recognise());
  probe();
  choose_video();
  check_stream();
}

// Detects the format by content, whatever the name says.
InputFormat* Demuxer::recognise() {
  if (const MediaAddress* address = input_->address()) return address->format;
  const FileKind kind = refuse_other_kinds(*input_->beginning(), Wanted::kVideo);
  forget_ffmpeg_message();
  InputFormat* format = nullptr;
  const int error =
      av_probe_input_buffer2(input_->context(), &format, "", nullptr, 0, static_cast<unsigned>(options_.probe_bytes));
  input_->rethrow();
  if (error == AVERROR(ENOMEM)) fail_opening(error);
  if (format != nullptr && is_read(*format)) return format;
  if (kind.family == FileFamily::kSound) fail_input(name_, "expected a file with video, got {}", kind.name);
  if (format == nullptr) {
    fail_input(name_, "expected a video file, got {}",
               kind.family == FileFamily::kVideo ? "one that is damaged or cut short" : "one of an unknown format");
  }
  fail_input(name_,
             "expected video in {}, got {}, which is not supported; ffmpeg may convert it: ffmpeg -i FILE -c:v libx264 "
             "FILE.mp4",
             fmt::join(video_formats(), ", "), kind.name.empty() ? format->long_name : kind.name);
}

void Demuxer::open(InputFormat* format) {
  int error = AVERROR(ENOMEM);
  // Tries again if there was no memory: a file that asks for more than the limit fails again.
  const int attempts = input_->is_seekable() ? 2 : 1;
  for (int attempt = 0; attempt < attempts && error == AVERROR(ENOMEM); ++attempt) {
    FfmpegOptions options;
    MediaAddress* address = input_->address();
    if (address != nullptr) options.add(address->options);
    options.set("format_whitelist", address != nullptr ? address->formats.c_str() : kFormats);
    options.set("protocol_whitelist", address != nullptr ? address->protocols.c_str() : "file");
    options.set("probesize", options_.probe_bytes);
    options.set("analyzeduration", input_->is_live() ? kAnalyzedMicrosecondsLive : kAnalyzedMicroseconds);
    options.set("max_streams", int64_t{options_.max_tracks});
    options.set("max_probe_packets", 500);
    options.set("correct_ts_overflow", int64_t{0});  // it mistakes a recording that begins anew for one that wrapped
    AVFormatContext* context = avformat_alloc_context();
    if (context == nullptr) continue;
    context->pb = input_->context();
    context->io_open = open_nothing;
    context->interrupt_callback = input_->interrupt().callback();
    if (address != nullptr && address->is_device) context->flags |= AVFMT_FLAG_NONBLOCK;  // a wait must notice a stop
    if (input_->is_seekable()) avio_seek(context->pb, 0, SEEK_SET);
    forget_ffmpeg_message();
    input_->interrupt().restart();
    // Frees the context if it fails.
    error = avformat_open_input(&context, address != nullptr ? address->address.c_str() : "", format, options.get());
    format_.reset(error < 0 ? nullptr : context);
  }
  input_->rethrow();
  if (error < 0) fail_opening(error);
  if (input_->context() != nullptr && !input_->is_seekable() && is_read_as("mov")) check_order();
}

// The pictures of an MP4 file from a pipe must come after the index, or still lie in the buffer.
void Demuxer::check_order() const {
  for (unsigned i = 0; i < format_->nb_streams; ++i) {
    AVStream* stream = format_->streams[i];
    const AVIndexEntry* first = is_video(*stream) ? avformat_index_get_entry(stream, 0) : nullptr;
    if (first != nullptr && avio_seek(format_->pb, first->pos, SEEK_SET) < 0) fail_index_at_end();
  }
}

void Demuxer::fail_index_at_end() const {
  fail_input(name_,
             "expected a video that can be read from its beginning, got an MP4 file with its index at the end; ffmpeg "
             "moves it: ffmpeg -i FILE -c copy -movflags faststart OUT.mp4, or give the file instead of a pipe");
}

void Demuxer::fail_opening(int error) const {
  const std::string said = last_ffmpeg_message();
  const auto says = [&said](const char* words) { return said.find(words) != std::string::npos; };
  if (says("max_streams"))
    fail_input(name_, "expected at most {} tracks, got more; --max-tracks raises the limit", options_.max_tracks);
  fail_if_memory(error, name_);
  if (input_->address() != nullptr) fail_input(name_, "expected a stream, got no connection: {}", ffmpeg_error(error));
  if (says("moov atom not found") && !input_->is_seekable()) fail_index_at_end();
  if (says("moov atom not found")) {
    fail_input(name_,
               "expected a complete video file, got one without its index (moov atom not found), as after an "
               "interrupted download or recording; download or copy it again");
  }
  fail_input(name_, "expected a video file, got one that is damaged or cut short: {}", ffmpeg_error(error));
}

// Looking for what the header does not say decodes a little, so the pixel limit applies here as well.
void Demuxer::probe() {
  std::vector<FfmpegOptions> options(format_->nb_streams);
  std::vector<AVDictionary*> raw(options.size());
  for (size_t i = 0; i < options.size(); ++i) {
    options[i].set("max_pixels", decoder_pixel_limit(options_.max_pixels));
    options[i].set("threads", 1);
    raw[i] = *options[i].get();
  }
  forget_ffmpeg_message();
  input_->interrupt().restart();
  const int error = avformat_find_stream_info(format_.get(), raw.empty() ? nullptr : raw.data());
  for (size_t i = 0; i < options.size(); ++i) *options[i].get() = raw[i];  // it replaces what it consumes
  input_->rethrow();
  fail_if_memory(error, name_);
  if (error < 0) fail_input(name_, "expected a video file, got one that cannot be read: {}", ffmpeg_error(error));
}

// FFmpeg's choice (by the marks of the tracks, the frames seen and the bit rate), unless that is a still picture.
void Demuxer::choose_video() {
  std::vector<AVStream*> videos, moving;
  for (unsigned i = 0; i < format_->nb_streams; ++i) {
    AVStream* stream = format_->streams[i];
    if (!is_video(*stream)) continue;
    videos.push_back(stream);
    if (!is_still(*stream)) moving.push_back(stream);
  }
  if (videos.empty()) fail_without_video();
  const auto& pool = moving.empty() ? videos : moving;
  const int best = av_find_best_stream(format_.get(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
  const auto is_best = [best](const AVStream* stream) { return stream->index == best; };
  const auto found = std::find_if(pool.begin(), pool.end(), is_best);
  stream_ = found == pool.end() ? pool.front() : *found;
  if (pool.size() > 1) {
    choice_ =
        fmt::format("{} video tracks; reading track {} ({}, {}x{})", pool.size(), stream_->index,
                    avcodec_get_name(stream_->codecpar->codec_id), stream_->codecpar->width, stream_->codecpar->height);
  }
  is_transport_ = is_read_as("mpegts");
  if (is_read_as("mov") && input_->bytes()) note_second(second_movie(*input_->bytes()));
  for (unsigned i = 0; i < format_->nb_streams; ++i) {
    AVStream* stream = format_->streams[i];
    const bool is_watched = is_transport_ && is_video(*stream);
    if (stream != stream_ && !is_watched) stream->discard = AVDISCARD_ALL;
  }
}

void Demuxer::note_second(std::optional<uint64_t> offset) {
  if (!offset) return;
  choice_ += fmt::format(
      "{}a second file begins at byte {}, as in files joined with cat, and is not read; ffmpeg -f concat joins them",
      choice_.empty() ? "" : "; ", *offset);
}

bool Demuxer::is_read_as(const char* format) const { return av_match_name(format, format_->iformat->name) != 0; }

void Demuxer::note_place(const AVPacket& packet) {
  if (packet.pos >= 0) last_place_ = static_cast<uint64_t>(packet.pos);
  if (!is_transport_ || packet.pos < 0 || !is_video(*format_->streams[packet.stream_index])) return;
  places_.note(packet.stream_index, packet.pos);
  if (packet.stream_index != stream_->index) return;
  for (const int track : places_.within(stream_->index)) format_->streams[track]->discard = AVDISCARD_ALL;
}

std::string Demuxer::choice() const {
  const std::string remark = ended_ ? places_.remark(stream_->index) : "";
  return choice_ + (choice_.empty() || remark.empty() ? "" : "; ") + remark;
}

void Demuxer::fail_without_video() const {
  unsigned sounds = 0;
  for (unsigned i = 0; i < format_->nb_streams; ++i) {
    sounds += format_->streams[i]->codecpar->codec_type == AVMEDIA_TYPE_AUDIO;
  }
  if (sounds > 0) fail_input(name_, "expected a file with video, got one with sound only");
  fail_input(name_, "expected a file with video, got {} tracks of other kinds", format_->nb_streams);
}

void Demuxer::check_stream() const {
  const AVCodecParameters& parameters = *stream_->codecpar;
  if (av_dict_get(stream_->metadata, "enc_key_id", nullptr, 0) != nullptr) fail_encrypted();
  check_pixels(name_, parameters.width, parameters.height, options_.max_pixels);
}

void Demuxer::fail_encrypted() const { fail_input(name_, "expected unencrypted video, got an encrypted stream"); }

const AVPacket* Demuxer::next() {
  for (int damaged_in_a_row = 0; damaged_in_a_row < kMaxDamagedInARow;) {
    av_packet_unref(packet_.get());
    input_->interrupt().restart();
    const int error = read_packet();
    // A failing disk looks like damage or like the end of the file.
    if (error < 0) input_->rethrow();
    fail_if_memory(error, name_);
    if (error == AVERROR_EOF) {
      if (!ended_ && is_read_as("flv") && input_->bytes())
        note_second(second_flash_video(*input_->bytes(), last_place_));
      ended_ = true;
      return nullptr;
    }
    if (error >= 0) note_place(*packet_);
    if (error < 0 && error != AVERROR_INVALIDDATA && input_->address() != nullptr)
      fail_input(name_, "expected more of the stream, got a broken connection: {}", ffmpeg_error(error));
    if (error < 0) {
      ++damaged_packets_;
      ++damaged_in_a_row;
    } else if (packet_->stream_index == stream_->index) {
      if (av_packet_get_side_data(packet_.get(), AV_PKT_DATA_ENCRYPTION_INFO, nullptr) != nullptr) fail_encrypted();
      damaged_packets_ += (packet_->flags & AV_PKT_FLAG_CORRUPT) != 0;
      return packet_.get();
    }
  }
  fail_input(name_, "expected more video, got {} damaged packets in a row; the rest cannot be read", kMaxDamagedInARow);
}

// A camera without a frame yet answers at once that there is none.
int Demuxer::read_packet() {
  for (;;) {
    const int error = av_read_frame(format_.get(), packet_.get());
    if (error != AVERROR(EAGAIN) || input_->interrupt().is_due()) return error;
    std::this_thread::sleep_for(kCameraWait);
  }
}

SourceInfo Demuxer::describe() const {
  SourceInfo info = facts_of_stream(*format_, *stream_);
  info.is_live = input_->is_live();
  return info;
}

}  // namespace trecvit
