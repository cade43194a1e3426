#include "trecvit/video/raw_video.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "trecvit/base/error.h"
#include "trecvit/base/parse_number.h"
#include "trecvit/base/stop.h"
#include "trecvit/image/image.h"
#include "trecvit/io/byte_source.h"
#include "trecvit/video/stdin_bytes.h"

namespace trecvit {
namespace {

constexpr double kLeastFps = 1e-3, kMostFps = 1e6;

class RawVideoSource : public FrameSource {
 public:
  RawVideoSource(const std::string& source, const RawVideo& raw, const std::stop_token& stop)
      : raw_(raw),
        stop_(stop),
        frame_bytes_(size_t{3} * static_cast<size_t>(raw.height) * static_cast<size_t>(raw.width)) {
    if (is_stdin_name(source)) {
      stdin_.emplace(stop);
    } else {
      file_ = open_file(source);
      if (file_->size() < frame_bytes_) {
        fail_input(printable(source), "expected frames of {}x{}, {} bytes each, got {} bytes in all", raw.height,
                   raw.width, frame_bytes_, file_->size());
      }
      info_.frames_from_header = static_cast<int64_t>(file_->size() / frame_bytes_);
    }
    info_.name = source;
    info_.format = "raw";
    info_.height = raw.height;
    info_.width = raw.width;
    info_.fps_from_header = raw.fps;
  }

  const SourceInfo& info() const override { return info_; }

  bool read(Frame& frame) override {
    throw_if_stopped(stop_);
    std::byte* pixels = frame.image.resize(PixelType::kU8, raw_.height, raw_.width);
    const size_t bytes = read_bytes({pixels, frame_bytes_});
    if (bytes < frame_bytes_) {
      incomplete_ = bytes > 0;
      return false;
    }
    frame.index = index_++;
    frame.pts_seconds = static_cast<double>(frame.index) / raw_.fps;
    frame.duration_seconds = 1 / raw_.fps;
    return true;
  }

  SourceFaults faults() const override { return {.damaged_packets = incomplete_ ? 1 : 0}; }

 private:
  size_t read_bytes(std::span<std::byte> out) {
    if (stdin_) return stdin_->read(out);
    out = out.first(static_cast<size_t>(std::min<uint64_t>(out.size(), file_->size() - position_)));
    file_->read(position_, out);
    position_ += out.size();
    return out.size();
  }

  RawVideo raw_;
  std::stop_token stop_;
  size_t frame_bytes_;
  std::optional<StdinBytes> stdin_;
  std::unique_ptr<ByteSource> file_;
  uint64_t position_ = 0;
  SourceInfo info_;
  int64_t index_ = 0;
  bool incomplete_ = false;
};

}  // namespace

RawVideo parse_raw_video(std::string_view text) {
  RawVideo raw;
  const size_t at = text.find('@'), by = text.substr(0, at).find_first_of("xX");
  const auto height = parse_number<int>(text.substr(0, by));
  const auto width = by == std::string_view::npos ? std::nullopt : parse_number<int>(text.substr(0, at).substr(by + 1));
  const auto fps = at == std::string_view::npos ? std::optional(raw.fps) : parse_number<double>(text.substr(at + 1));
  if (!height || !width || !fps)
    fail_usage("--raw", "expected HxW or HxW@FPS, such as 480x640@30, got '{}'", printable(text));
  return {*height, *width, *fps};
}

bool is_stdin_name(const std::string& source) { return source == "-" || source == "/dev/stdin"; }

std::unique_ptr<FrameSource> open_raw_video(const std::string& source, const SourceOptions& options) {
  const RawVideo& raw = options.raw.value();
  const bool fits = raw.height >= 1 && raw.width >= 1 && raw.height <= kMaxImageSide && raw.width <= kMaxImageSide &&
                    int64_t{raw.height} * raw.width <= options.max_pixels;
  if (!fits) {
    fail_usage("raw video", "expected frames of 1x1 or more and at most {} pixels, got {}x{}", options.max_pixels,
               raw.height, raw.width);
  }
  if (!(raw.fps >= kLeastFps && raw.fps <= kMostFps))
    fail_usage("raw video", "expected {} to {} frames per second, got {}", kLeastFps, kMostFps, raw.fps);
  return std::make_unique<RawVideoSource>(source, raw, options.stop);
}

}  // namespace trecvit
