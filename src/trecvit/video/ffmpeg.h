// FFmpeg's C interface with owning pointers, and its errors as text. Only the files around the decoder and
// the writer include this one.
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avstring.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace trecvit {

#if LIBAVFORMAT_VERSION_MAJOR >= 59
using InputFormat = const AVInputFormat;
#else
using InputFormat = AVInputFormat;
#endif

struct FfmpegDeleter {
  void operator()(AVFormatContext* context) const { avformat_close_input(&context); }
  void operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
  void operator()(AVPacket* packet) const { av_packet_free(&packet); }
  void operator()(SwsContext* context) const { sws_freeContext(context); }
};
template <class T>
using FfmpegPtr = std::unique_ptr<T, FfmpegDeleter>;

// Throw Error(kResource) if allocation fails.
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
  void add(const FfmpegOptions& others) { av_dict_copy(&options_, others.options_, 0); }
  AVDictionary** get() { return &options_; }

 private:
  AVDictionary* options_ = nullptr;
};

// For the whole process: no single allocation exceeds max_allocation(), and the libraries' messages go to our log at
// level debug instead of stderr. The last error of each thread is kept. max_pixels: of one picture.
void prepare_ffmpeg(int64_t max_pixels = 0);
// Bytes: 512 MB, or more once pictures were requested that are so large that they might need it.
size_t max_allocation();
void forget_ffmpeg_message();
// The last message on this thread that the libraries called an error; empty if there was none.
std::string last_ffmpeg_message();
// An error code in words, with the last message: "Invalid data found when processing input (moov atom not found)".
std::string ffmpeg_error(int code);

// If a code reports a lack of memory: throws Error(kResource) if memory_is_short(), else Error(kInput), as the file
// then asks for more than one allocation may take. expected: what the file should be.
void fail_if_memory(int code, const std::string& name, std::string_view expected = "a video file");
// Whether the machine refuses an allocation of max_allocation() bytes.
bool memory_is_short();
// Throws Error(kInput) for a picture over the limit, naming the options that raise it.
void check_pixels(const std::string& name, int64_t width, int64_t height, int64_t max_pixels);

// The limit to give a decoder so that pictures of max_pixels pass. Decoders count the padding of their buffers as
// pixels, so their limit only bounds the memory; the receiver of a picture checks exactly.
int64_t decoder_pixel_limit(int64_t max_pixels);

// These have different names in the versions that are in use (4.4 to 7).
int64_t duration_ticks_of(const AVFrame& frame);
// Nine numbers, or null.
const int32_t* display_matrix_of(const AVStream& stream);

}  // namespace trecvit
