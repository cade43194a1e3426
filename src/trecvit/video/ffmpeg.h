// FFmpeg's C interface with owners, and its errors as text. Only the files around the decoder include this one.
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace trecvit {

struct FfmpegDeleter {
  void operator()(AVFormatContext* context) const { avformat_close_input(&context); }
  void operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
  void operator()(AVPacket* packet) const { av_packet_free(&packet); }
  void operator()(SwsContext* context) const { sws_freeContext(context); }
};
template <class T>
using FfmpegPtr = std::unique_ptr<T, FfmpegDeleter>;

// Throw Error(kResource) when the memory is not to be had.
FfmpegPtr<AVFrame> make_frame();
FfmpegPtr<AVPacket> make_packet();

// Options by name, as FFmpeg takes them.
class FfmpegOptions {
 public:
  FfmpegOptions() = default;
  ~FfmpegOptions() { av_dict_free(&options_); }
  FfmpegOptions(const FfmpegOptions&) = delete;
  FfmpegOptions& operator=(const FfmpegOptions&) = delete;
  void set(const char* name, const char* value) { av_dict_set(&options_, name, value, 0); }
  void set(const char* name, int64_t value) { av_dict_set_int(&options_, name, value, 0); }
  AVDictionary** get() { return &options_; }

 private:
  AVDictionary* options_ = nullptr;
};

// Once per process: no single allocation over 512 MB, and the libraries' messages go to our log at level debug instead
// of stderr. The last error of each thread is kept.
void prepare_ffmpeg();
void forget_ffmpeg_message();
// What the libraries last called an error on this thread; empty where there was none.
std::string last_ffmpeg_message();
// An error code in words, with the last message: "Invalid data found when processing input (moov atom not found)".
std::string ffmpeg_error(int code);

// The limit to give a decoder so that pictures of max_pixels pass. Decoders count the padding of their buffers as
// pixels, so theirs can only bound the memory; who receives the picture checks exactly.
int64_t decoder_pixel_limit(int64_t max_pixels);

// The names of these moved between the versions that are in use (4.4 to 7).
int64_t duration_ticks_of(const AVFrame& frame);
// Nine numbers, or null.
const int32_t* display_matrix_of(const AVStream& stream);

}  // namespace trecvit
