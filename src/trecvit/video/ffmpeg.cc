#include "trecvit/video/ffmpeg.h"

#include <algorithm>
#include <atomic>
#include <cstdarg>
#include <cstdlib>
#include <limits>
#include <mutex>

#include "trecvit/base/error.h"
#include "trecvit/base/log.h"

namespace trecvit {
namespace {

constexpr size_t kMinAllocation = size_t{512} << 20;
constexpr size_t kBytesPerPixel = 8;  // of the widest packed formats

std::atomic<size_t> allocation_limit = kMinAllocation;

thread_local std::string last_message;

void keep_message(int level, std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  if (text.empty()) return;
  text = printable(text);
  log::debug("ffmpeg: {}", text);
  if (level <= AV_LOG_ERROR) last_message = std::move(text);
}

// Called from C, which no exception may cross: a message is lost if allocation fails.
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

void prepare_ffmpeg(int64_t max_pixels) {
  static std::once_flag once;
  std::call_once(once, [] { av_log_set_callback(take_message); });
  size_t limit = allocation_limit, wanted = kBytesPerPixel * static_cast<size_t>(decoder_pixel_limit(max_pixels));
  while (limit < wanted && !allocation_limit.compare_exchange_weak(limit, wanted)) {
  }
  av_max_alloc(allocation_limit);
}

size_t max_allocation() { return allocation_limit; }

void forget_ffmpeg_message() { last_message.clear(); }

std::string last_ffmpeg_message() { return last_message; }

std::string ffmpeg_error(int code) {
  char words[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(code, words, sizeof words);
  return last_message.empty() ? words : fmt::format("{} ({})", words, last_message);
}

bool memory_is_short() {
  void* volatile block = std::malloc(max_allocation());  // never written, so it costs nothing
  std::free(block);
  return block == nullptr;
}

void fail_if_memory(int code, const std::string& name, std::string_view expected) {
  if (code != AVERROR(ENOMEM)) return;
  if (memory_is_short()) fail(ErrorKind::kResource, name, "expected memory to decode the video, got none");
  fail_input(name, "expected {}, got one that needs more than {} MB at once", expected, max_allocation() >> 20);
}

void check_pixels(const std::string& name, int64_t width, int64_t height, int64_t max_pixels) {
  if (width * height <= max_pixels) return;
  fail_input(name,
             "expected at most {} pixels per frame, got {}x{}; for a file that you trust, --max-pixels {} allows it, "
             "or loader.max_pixels in the config of a training run",
             max_pixels, width, height, width * height);
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
