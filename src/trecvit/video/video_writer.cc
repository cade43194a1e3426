#include "trecvit/video/video_writer.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <exception>
#include <utility>
#include <vector>

#include "trecvit/base/error.h"
#include "trecvit/video/ffmpeg.h"

namespace trecvit {
namespace {

constexpr int kBufferBytes = 1 << 16;
// The bytes that a muxer hands over; FFmpeg 7 made them constant.
#if LIBAVFORMAT_VERSION_MAJOR >= 61
using MuxedByte = const uint8_t;
#else
using MuxedByte = uint8_t;
#endif

constexpr int kTimeBase = 90'000;  // ticks per second

// Connects the muxer to the file; the muxer seeks back to fill in the lengths of what it wrote.
class Output {
 public:
  Output(const std::string& path, Overwrite overwrite) : file_(path, overwrite) {}

  // FFmpeg's callbacks; no exception may cross it, so an exception is kept.
  static int write(void* self, MuxedByte* bytes, int count) {
    return static_cast<Output*>(self)->guarded([&](Output& out) {
      const std::span<const std::byte> data{reinterpret_cast<const std::byte*>(bytes), static_cast<size_t>(count)};
      const uint64_t over = std::min<uint64_t>(out.file_.size() - out.at_, data.size());
      if (over > 0) out.file_.write_at(out.at_, data.first(over));
      if (over < data.size()) out.file_.write(data.subspan(over));
      out.at_ += data.size();
      return count;
    });
  }
  static int64_t seek(void* self, int64_t offset, int whence) {
    auto& out = *static_cast<Output*>(self);
    if (whence == AVSEEK_SIZE) return static_cast<int64_t>(out.file_.size());
    if (whence == SEEK_CUR) offset += static_cast<int64_t>(out.at_);
    if (whence == SEEK_END) offset += static_cast<int64_t>(out.file_.size());
    if (offset < 0 || offset > static_cast<int64_t>(out.file_.size())) return AVERROR(EINVAL);
    out.at_ = static_cast<uint64_t>(offset);
    return offset;
  }
  void rethrow() {
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
  }
  void commit() { file_.commit(); }

 private:
  template <class Function>
  int guarded(const Function& function) {
    try {
      return function(*this);
    } catch (...) {
      failure_ = std::current_exception();
      return AVERROR(EIO);
    }
  }

  AtomicFile file_;
  uint64_t at_ = 0;
  std::exception_ptr failure_;
};

// The H.264 encoders here, the best first; hardware encoders are listed even without the hardware.
std::vector<const AVCodec*> h264_encoders() {
  std::vector<const AVCodec*> encoders;
  if (const AVCodec* best = avcodec_find_encoder_by_name("libx264")) encoders.push_back(best);
  void* place = nullptr;
  while (const AVCodec* codec = av_codec_iterate(&place)) {
    if (av_codec_is_encoder(codec) != 0 && codec->id == AV_CODEC_ID_H264 && (encoders.empty() || codec != encoders[0]))
      encoders.push_back(codec);
  }
  return encoders;
}

struct FreeOutput {
  void operator()(AVFormatContext* format) const {
    if (format->pb) {
      av_freep(static_cast<void*>(&format->pb->buffer));
      avio_context_free(&format->pb);
    }
    avformat_free_context(format);
  }
};

int even(int side) { return side + side % 2; }

}  // namespace

struct VideoWriter::Encoder {
  Encoder(const std::string& file, const VideoWriterOptions& wanted)
      : path(file), options(wanted), output(file, wanted.overwrite) {
    prepare_ffmpeg();
    AVFormatContext* made = nullptr;
    check(avformat_alloc_output_context2(&made, nullptr, "mp4", nullptr));
    format.reset(made);
    auto* buffer = static_cast<unsigned char*>(av_malloc(kBufferBytes));
    if (!buffer) fail_memory();
    format->pb =
        avio_alloc_context(buffer, kBufferBytes, /*write_flag=*/1, &output, nullptr, Output::write, Output::seek);
    if (!format->pb) {
      av_free(buffer);
      fail_memory();
    }
    open_encoder();
    stream = avformat_new_stream(format.get(), nullptr);
    if (!stream) fail_memory();
    stream->time_base = context->time_base;
    check(avcodec_parameters_from_context(stream->codecpar, context.get()));
    check(avformat_write_header(format.get(), nullptr));
    make_pictures();
  }
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;

  // Opens the first encoder that works.
  void open_encoder() {
    int code = AVERROR_ENCODER_NOT_FOUND;
    for (const AVCodec* codec : h264_encoders()) {
      context.reset(avcodec_alloc_context3(codec));
      if (!context) fail_memory();
      context->width = even(options.width);
      context->height = even(options.height);
      context->pix_fmt = AV_PIX_FMT_YUV420P;
      context->time_base = {1, kTimeBase};
      context->framerate = av_d2q(options.fps, 100'000);
      context->color_range = AVCOL_RANGE_MPEG;
      context->colorspace = AVCOL_SPC_BT709;
      context->color_primaries = AVCOL_PRI_BT709;
      context->color_trc = AVCOL_TRC_BT709;
      context->thread_count = 1;  // the same bytes on every machine
      if (format->oformat->flags & AVFMT_GLOBALHEADER) context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
      FfmpegOptions settings;
      settings.set("preset", "medium");
      settings.set("crf", "18");
      code = avcodec_open2(context.get(), codec, settings.get());
      if (code >= 0) return;
    }
    fail(ErrorKind::kUnavailable, printable(path), "expected an FFmpeg that can encode H.264 on this machine, got: {}",
         ffmpeg_error(code));
  }

  [[noreturn]] void fail_memory() const {
    fail(ErrorKind::kResource, printable(path), "expected memory for a video file, got none");
  }

  void make_pictures() {
    frame = make_frame();
    frame->width = context->width;
    frame->height = context->height;
    frame->format = context->pix_fmt;
    check(av_frame_get_buffer(frame.get(), 0));
    packet = make_packet();
    scaler.reset(sws_getContext(context->width, context->height, AV_PIX_FMT_RGB24, context->width, context->height,
                                AV_PIX_FMT_YUV420P, SWS_BILINEAR | SWS_ACCURATE_RND, nullptr, nullptr, nullptr));
    if (!scaler) fail_memory();
    const int* table = sws_getCoefficients(SWS_CS_ITU709);
    sws_setColorspaceDetails(scaler.get(), sws_getCoefficients(SWS_CS_DEFAULT), 1, table, 0, 0, 1 << 16, 1 << 16);
    rgb.assign(static_cast<size_t>(context->width) * static_cast<size_t>(context->height) * 3, 0);
  }

  void check(int code) {
    output.rethrow();
    if (code < 0)
      fail(ErrorKind::kResource, printable(path), "expected to write a video file, got: {}", ffmpeg_error(code));
  }

  // Writes finished packets to the file; `picture` null: no more pictures come.
  void encode(const AVFrame* picture) {
    check(avcodec_send_frame(context.get(), picture));
    while (true) {
      const int code = avcodec_receive_packet(context.get(), packet.get());
      if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return;
      check(code);
      // Without a duration the last picture lasts no time, and players leave it out.
      packet->duration = std::llround(kTimeBase / options.fps);
      av_packet_rescale_ts(packet.get(), context->time_base, stream->time_base);
      packet->stream_index = stream->index;
      check(av_interleaved_write_frame(format.get(), packet.get()));
    }
  }

  std::string path;
  VideoWriterOptions options;
  Output output;
  std::unique_ptr<AVFormatContext, FreeOutput> format;
  FfmpegPtr<AVCodecContext> context;
  AVStream* stream = nullptr;  // of the format
  FfmpegPtr<AVFrame> frame;
  FfmpegPtr<AVPacket> packet;
  FfmpegPtr<SwsContext> scaler;
  std::vector<uint8_t> rgb;  // [even height, even width, 3]
  int64_t pictures = 0;
};

VideoWriter::VideoWriter(const std::string& path, const VideoWriterOptions& options) {
  constexpr int kMostSide = 16'384;
  if (options.height < 1 || options.width < 1 || options.height > kMostSide || options.width > kMostSide)
    fail_usage(printable(path), "expected pictures with sides from 1 to {} pixels, got {} x {}", kMostSide,
               options.height, options.width);
  if (!(options.fps >= 0.1 && options.fps <= 1000))
    fail_usage(printable(path), "expected 0.1 to 1000 frames per second, got {}", options.fps);
  encoder_ = std::make_unique<Encoder>(path, options);
}

VideoWriter::~VideoWriter() = default;

void VideoWriter::add(const ImageView& picture) {
  add(picture, static_cast<double>(encoder_->pictures) / encoder_->options.fps);
}

void VideoWriter::add(const ImageView& picture, double seconds) {
  Encoder& e = *encoder_;
  TRECVIT_CHECK(seconds >= 0 && seconds < 1e9);
  TRECVIT_CHECK(picture.type == PixelType::kU8 && picture.height == e.options.height &&
                picture.width == e.options.width);
  const size_t row = static_cast<size_t>(e.context->width) * 3;
  for (int y = 0; y < picture.height; ++y) {
    std::memcpy(e.rgb.data() + static_cast<size_t>(y) * row, picture.row<uint8_t>(y),
                static_cast<size_t>(picture.width) * 3);
  }
  const uint8_t* planes[] = {e.rgb.data()};
  const int strides[] = {static_cast<int>(row)};
  e.check(av_frame_make_writable(e.frame.get()));
  sws_scale(e.scaler.get(), planes, strides, 0, e.context->height, e.frame->data, e.frame->linesize);
  const int64_t ticks = std::llround(seconds * kTimeBase);
  e.frame->pts = e.pictures++ == 0 ? ticks : std::max(ticks, e.frame->pts + 1);
  e.encode(e.frame.get());
}

void VideoWriter::finish() {
  Encoder& e = *encoder_;
  e.encode(nullptr);
  e.check(av_write_trailer(e.format.get()));
  e.output.rethrow();
  e.output.commit();
}

}  // namespace trecvit
