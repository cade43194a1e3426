#include "trecvit/video/decoder.h"

#include "trecvit/base/error.h"

namespace trecvit {
namespace {

constexpr int kMaxErrorsInARow = 64;  // without a packet in between: the decoder never reports its end

bool is_repaired(const AVFrame& frame) {
  return (frame.flags & AV_FRAME_FLAG_CORRUPT) != 0 || frame.decode_error_flags != 0;
}

// A codec unknown to this FFmpeg still has a four-letter code in the header.
std::string codec_name_of(const AVCodecParameters& parameters) {
  if (parameters.codec_id != AV_CODEC_ID_NONE) return avcodec_get_name(parameters.codec_id);
  char letters[AV_FOURCC_MAX_STRING_SIZE] = {};
  return av_fourcc_make_string(letters, parameters.codec_tag);
}

}  // namespace

Decoder::Decoder(Demuxer& demuxer, const std::string& name, const SourceOptions& options)
    : demuxer_(demuxer), name_(name), max_pixels_(options.max_pixels) {
  const AVStream& stream = demuxer.stream();
  const std::string codec_name = printable(codec_name_of(*stream.codecpar));
  const AVCodec* codec = avcodec_find_decoder(stream.codecpar->codec_id);
  if (codec == nullptr) fail_input(name, "expected a codec that this FFmpeg can decode, got '{}'", codec_name);
  codec_.reset(avcodec_alloc_context3(codec));
  if (codec_ == nullptr) fail(ErrorKind::kResource, name, "expected memory for the decoder, got none");

  forget_ffmpeg_message();
  int error = avcodec_parameters_to_context(codec_.get(), stream.codecpar);
  codec_->pkt_timebase = stream.time_base;
  codec_->max_pixels = decoder_pixel_limit(max_pixels_);
  codec_->thread_count = options.decoder_threads;
  if (error >= 0) error = avcodec_open2(codec_.get(), codec, nullptr);
  fail_if_memory(error, name);
  if (error < 0) {
    fail_input(name, "expected {} video, got a stream that its decoder rejects: {}", codec_name, ffmpeg_error(error));
  }
}

bool Decoder::receive(AVFrame& frame) {
  for (int errors = 0; errors < kMaxErrorsInARow;) {
    const int error = avcodec_receive_frame(codec_.get(), &frame);
    if (error == 0) {
      const bool fits = int64_t{frame.width} * frame.height <= max_pixels_;
      damaged_packets_ += !fits || is_repaired(frame);
      if (fits) return true;
      continue;
    }
    fail_if_memory(error, name_);
    if (error == AVERROR_EOF || (error == AVERROR(EAGAIN) && draining_)) {
      if (failure_) std::rethrow_exception(failure_);
      return false;
    }
    if (error == AVERROR(EAGAIN)) {
      feed();
      errors = 0;
    } else {
      ++damaged_packets_;
      ++errors;
    }
  }
  return false;
}

// Gives the decoder one packet, or tells it that there are no more. It asked for a packet, so it accepts one: an error
// is about what it found inside.
void Decoder::feed() {
  const AVPacket* packet = nullptr;
  try {
    packet = demuxer_.next();
  } catch (...) {
    failure_ = std::current_exception();  // the decoder still holds earlier frames
  }
  draining_ = packet == nullptr;
  const int error = avcodec_send_packet(codec_.get(), packet);
  fail_if_memory(error, name_);
  if (error < 0 && !draining_) ++damaged_packets_;
}

}  // namespace trecvit
