#include "trecvit/video/ffmpeg.h"

#include <algorithm>
#include <cstdarg>
#include <limits>
#include <mutex>

#include "trecvit/base/error.h"
#include "trecvit/base/log.h"

namespace trecvit {
namespace {

constexpr size_t kMaxAllocation = size_t{512} << 20;

thread_local std::string last_message;

void keep_message(int level, std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  if (text.empty()) return;
  text = printable(text);
  log::debug("ffmpeg: {}", text);
  if (level <= AV_LOG_ERROR) last_message = std::move(text);
}

// Called from C, through which no exception may pass: a message for which there is no memory is lost.
void take_message(void* context, int level, const char* format, va_list arguments) noexcept {
  if (level > AV_LOG_WARNING) return;
  char line[512];
  int print_prefix = 0;
  av_log_format_line2(context, level, format, arguments, line, sizeof line, &print_prefix);
  try {
    keep_message(level, line);
  } catch (const std::exception&) {
    last_message.clear();
  }
}

template <class T>
FfmpegPtr<T> owned(T* pointer) {
  if (pointer == nullptr) fail(ErrorKind::kResource, "video", "expected memory for the decoder, got none");
  return FfmpegPtr<T>(pointer);
}

}  // namespace

FfmpegPtr<AVFrame> make_frame() { return owned(av_frame_alloc()); }
FfmpegPtr<AVPacket> make_packet() { return owned(av_packet_alloc()); }

void prepare_ffmpeg() {
  static std::once_flag once;
  std::call_once(once, [] {
    av_max_alloc(kMaxAllocation);
    av_log_set_callback(take_message);
  });
}

void forget_ffmpeg_message() { last_message.clear(); }

std::string last_ffmpeg_message() { return last_message; }

std::string ffmpeg_error(int code) {
  char words[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(code, words, sizeof words);
  return last_message.empty() ? words : fmt::format("{} ({})", words, last_message);
}

int64_t decoder_pixel_limit(int64_t max_pixels) {
  return std::min(max_pixels, int64_t{std::numeric_limits<int>::max()} / 4) * 2 + (1 << 16);
}

int64_t duration_ticks_of(const AVFrame& frame) {
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(58, 0, 100)
  return frame.duration;
#else
  return frame.pkt_duration;
#endif
}

const int32_t* display_matrix_of(const AVStream& stream) {
  constexpr size_t kBytes = 9 * sizeof(int32_t);
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(60, 31, 102)
  const AVCodecParameters& parameters = *stream.codecpar;
  const AVPacketSideData* side =
      av_packet_side_data_get(parameters.coded_side_data, parameters.nb_coded_side_data, AV_PKT_DATA_DISPLAYMATRIX);
  return side != nullptr && side->size >= kBytes ? reinterpret_cast<const int32_t*>(side->data) : nullptr;
#else
  size_t bytes = 0;
  const uint8_t* data = av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, &bytes);
  return data != nullptr && bytes >= kBytes ? reinterpret_cast<const int32_t*>(data) : nullptr;
#endif
}

}  // namespace trecvit
