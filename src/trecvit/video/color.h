// Decoded frame of any pixel format -> RGB bytes.
#pragma once

#include "trecvit/image/image.h"
#include "trecvit/video/ffmpeg.h"

namespace trecvit {

// Respects the frame's matrix and range. If the matrix is not given, it is BT.709 for pictures at least 1280 wide or
// more than 576 high, and BT.601 below; if the range is not given, it is limited. More than 8 bits are rounded to 8;
// transparency is dropped. The same bytes on every machine (no approximate kernels).
class ColorConverter {
 public:
  // Throws Error(kInput) for a size or format that cannot be converted. A frame whose size or format differs from the
  // last one's makes a new table.
  void convert(const AVFrame& frame, const std::string& name, Image& out);

 private:
  struct Key {
    int width = 0, height = 0;
    AVPixelFormat format = AV_PIX_FMT_NONE;
    int matrix = 0;
    bool full_range = false;
    bool operator==(const Key&) const = default;
  };
  static Key key_of(const AVFrame& frame);
  void prepare(const Key& key, const std::string& name);

  Key key_;
  FfmpegPtr<SwsContext> scaler_;
};

}  // namespace trecvit
