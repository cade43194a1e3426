#include "trecvit/video/color.h"

#include <cstring>

#include "trecvit/base/error.h"

namespace trecvit {
namespace {

// The "J" formats declare full range through the format itself, which the scaler calls deprecated.
AVPixelFormat without_range(AVPixelFormat format) {
  switch (format) {
    case AV_PIX_FMT_YUVJ420P:
      return AV_PIX_FMT_YUV420P;
    case AV_PIX_FMT_YUVJ422P:
      return AV_PIX_FMT_YUV422P;
    case AV_PIX_FMT_YUVJ444P:
      return AV_PIX_FMT_YUV444P;
    case AV_PIX_FMT_YUVJ440P:
      return AV_PIX_FMT_YUV440P;
    case AV_PIX_FMT_YUVJ411P:
      return AV_PIX_FMT_YUV411P;
    default:
      return format;
  }
}

// What a decoder writes into a field of an enumeration: bytes of a file, which may be none of its values.
template <class Enum>
int number_in(const Enum& field) {
  int number = 0;
  static_assert(sizeof number == sizeof field);
  std::memcpy(&number, &field, sizeof number);
  return number;
}

int matrix_of(const AVFrame& frame) {
  switch (number_in(frame.colorspace)) {
    case AVCOL_SPC_BT709:
      return SWS_CS_ITU709;
    case AVCOL_SPC_FCC:
      return SWS_CS_FCC;
    case AVCOL_SPC_BT470BG:
    case AVCOL_SPC_SMPTE170M:
      return SWS_CS_ITU601;
    case AVCOL_SPC_SMPTE240M:
      return SWS_CS_SMPTE240M;
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL:
      return SWS_CS_BT2020;
    default:
      return frame.width >= 1280 || frame.height > 576 ? SWS_CS_ITU709 : SWS_CS_ITU601;
  }
}

}  // namespace

ColorConverter::Key ColorConverter::key_of(const AVFrame& frame) {
  const auto format = static_cast<AVPixelFormat>(frame.format);
  const bool full_range = number_in(frame.color_range) == AVCOL_RANGE_JPEG || without_range(format) != format;
  return {frame.width, frame.height, without_range(format), matrix_of(frame), full_range};
}

void ColorConverter::prepare(const Key& key, const std::string& name) {
  if (key.width < 1 || key.height < 1 || key.width > kMaxImageSide || key.height > kMaxImageSide) {
    fail_input(name, "expected frames of 1x1 to {0}x{0}, got {1}x{2}", kMaxImageSide, key.width, key.height);
  }
  constexpr int kFlags = SWS_BILINEAR | SWS_FULL_CHR_H_INT | SWS_ACCURATE_RND | SWS_BITEXACT;
  if (sws_isSupportedInput(key.format) == 0) {
    const char* format_name = av_get_pix_fmt_name(key.format);
    fail_input(name, "expected a pixel format that can be converted to RGB, got {}",
               format_name ? format_name : "none");
  }
  scaler_.reset(sws_getContext(key.width, key.height, key.format, key.width, key.height, AV_PIX_FMT_RGB24, kFlags,
                               nullptr, nullptr, nullptr));
  if (scaler_ == nullptr) fail(ErrorKind::kResource, name, "expected memory to convert colours, got none");
  const int* output_table = sws_getCoefficients(SWS_CS_DEFAULT);
  // Formats that are RGB already have no matrix and answer -1, which is fine.
  sws_setColorspaceDetails(scaler_.get(), sws_getCoefficients(key.matrix), key.full_range, output_table, 1, 0, 1 << 16,
                           1 << 16);
  key_ = key;
}

void ColorConverter::convert(const AVFrame& frame, const std::string& name, Image& out) {
  const Key key = key_of(frame);
  if (scaler_ == nullptr || key != key_) prepare(key, name);
  // Vector stores may run past the end of a row, so each row and the whole buffer have spare room.
  constexpr int kAlign = 64;
  const int stride = (frame.width * 3 + kAlign - 1) / kAlign * kAlign + kAlign;
  std::byte* pixels = out.resize(PixelType::kU8, frame.height, frame.width, stride, kAlign);
  uint8_t* const planes[] = {reinterpret_cast<uint8_t*>(pixels), nullptr, nullptr, nullptr};
  const int strides[] = {stride, 0, 0, 0};
  const int rows = sws_scale(scaler_.get(), frame.data, frame.linesize, 0, frame.height, planes, strides);
  if (rows != frame.height) fail_input(name, "expected {} converted rows, got {}", frame.height, rows);
}

}  // namespace trecvit
