#include "trecvit/video/picture_file.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <vector>

#include "trecvit/base/error.h"
#include "trecvit/io/byte_source.h"
#include "trecvit/video/color.h"
#include "trecvit/video/ffmpeg.h"
#include "trecvit/video/orientation.h"

namespace trecvit {
namespace {

constexpr std::string_view kPngMark = "\x89PNG\r\n\x1a\n";
constexpr uint64_t kMaxPictureBytes = uint64_t{256} << 20;

bool begins_with(std::span<const std::byte> bytes, std::string_view mark) {
  return bytes.size() >= mark.size() && std::memcmp(bytes.data(), mark.data(), mark.size()) == 0;
}

AVCodecID codec_of(std::span<const std::byte> bytes, const std::string& name) {
  if (begins_with(bytes, "\xff\xd8\xff")) return AV_CODEC_ID_MJPEG;
  if (begins_with(bytes, kPngMark)) return AV_CODEC_ID_PNG;
  fail_input(name, "expected a JPEG or PNG picture, got {} bytes that begin like neither of them", bytes.size());
}

FfmpegPtr<AVCodecContext> open_decoder(AVCodecID id, const std::string& name, int64_t max_pixels) {
  const AVCodec* codec = avcodec_find_decoder(id);
  if (codec == nullptr)
    fail_input(name, "expected a codec that this FFmpeg can decode, got '{}'", avcodec_get_name(id));
  FfmpegPtr<AVCodecContext> context(avcodec_alloc_context3(codec));
  if (context == nullptr) fail(ErrorKind::kResource, name, "expected memory for the decoder, got none");
  context->max_pixels = decoder_pixel_limit(max_pixels);
  context->thread_count = 1;
  context->err_recognition = AV_EF_EXPLODE;
  const int error = avcodec_open2(context.get(), codec, nullptr);
  fail_if_memory(error, name, "a picture");
  if (error < 0) fail_input(name, "expected a picture, got one that its decoder rejects: {}", ffmpeg_error(error));
  return context;
}

// The one frame of a codec that takes a whole picture as one packet.
FfmpegPtr<AVFrame> decode(AVCodecContext& codec, std::span<const std::byte> bytes, const std::string& name) {
  auto packet = make_packet();
  int error = av_new_packet(packet.get(), static_cast<int>(bytes.size()));
  if (error < 0) fail(ErrorKind::kResource, name, "expected memory for {} bytes, got none", bytes.size());
  std::memcpy(packet->data, bytes.data(), bytes.size());
  auto frame = make_frame();
  error = avcodec_send_packet(&codec, packet.get());
  if (error >= 0) error = avcodec_send_packet(&codec, nullptr);
  if (error >= 0) error = avcodec_receive_frame(&codec, frame.get());
  fail_if_memory(error, name, "a picture");
  if (error < 0) fail_input(name, "expected a picture, got one that cannot be decoded: {}", ffmpeg_error(error));
  return frame;
}

Orientation orientation_of(const AVFrame& frame) {
  const AVFrameSideData* side = av_frame_get_side_data(&frame, AV_FRAME_DATA_DISPLAYMATRIX);
  if (side == nullptr || side->size < 9 * sizeof(int32_t)) return {};
  return orientation_from_matrix(std::span<const int32_t, 9>(reinterpret_cast<const int32_t*>(side->data), 9));
}

Picture copy_of(const ImageView& image) {
  Picture picture{image.height, image.width, {}};
  const size_t row_bytes = size_t{3} * image.width;
  picture.rgb.resize(row_bytes * image.height);
  for (int y = 0; y < image.height; ++y) std::memcpy(&picture.rgb[y * row_bytes], image.row<uint8_t>(y), row_bytes);
  return picture;
}

}  // namespace

Picture decode_picture(std::span<const std::byte> bytes, const std::string& name, int64_t max_pixels) {
  prepare_ffmpeg(max_pixels);
  forget_ffmpeg_message();
  const std::string where = printable(name);
  if (bytes.size() > kMaxPictureBytes) {
    fail_input(where, "expected a picture of at most {} bytes, got {}", kMaxPictureBytes, bytes.size());
  }
  const auto codec = open_decoder(codec_of(bytes, where), where, max_pixels);
  const auto frame = decode(*codec, bytes, where);
  check_pixels(where, frame->width, frame->height, max_pixels);
  frame->color_range = AVCOL_RANGE_JPEG;  // true for both formats, though not every decoder says so
  Image as_coded, turned;
  ColorConverter().convert(*frame, where, as_coded);
  const Orientation orientation = orientation_of(*frame);
  if (orientation == Orientation{}) return copy_of(as_coded.view());
  upright(as_coded.view(), orientation, turned);
  return copy_of(turned.view());
}

bool is_animated_png(const std::string& path) {
  constexpr uint64_t kSearched = 64 << 10;  // the mark comes before the first picture, after chunks such as a profile
  std::error_code unreadable;
  if (!std::filesystem::is_regular_file(path, unreadable)) return false;
  const auto file = open_file(path);
  std::vector<std::byte> bytes(static_cast<size_t>(std::min(file->size(), kSearched)));
  file->read(0, bytes);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return begins_with(bytes, kPngMark) && text.substr(0, text.find("IDAT")).find("acTL") != std::string_view::npos;
}

Picture read_picture(const std::string& path, int64_t max_pixels) {
  const auto file = open_file(path);
  const std::string bytes = read_text(*file, kMaxPictureBytes);
  return decode_picture(std::as_bytes(std::span(bytes)), path, max_pixels);
}

}  // namespace trecvit
