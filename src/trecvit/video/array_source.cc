#include "trecvit/video/array_source.h"

#include <algorithm>
#include <span>
#include <vector>

#include "trecvit/base/list_some.h"
#include "trecvit/base/stop.h"
#include "trecvit/base/tensor.h"
#include "trecvit/io/file_kind.h"
#include "trecvit/io/npy.h"
#include "trecvit/io/npz.h"

namespace trecvit {
namespace {

constexpr uint64_t kMaxArrayBytes = uint64_t{4} << 30;

// How to correct axes that are not [T, H, W, 3]; empty if there is no better advice.
std::string_view way_out_of(const Shape& shape) {
  if (shape.size() == 4 && shape[1] == 3) return "; move the channels last: video.transpose(0, 2, 3, 1)";
  if (shape.size() == 4 && shape[0] == 3) return "; move the channels last: video.transpose(1, 2, 3, 0)";
  if (shape.size() == 4 && shape[3] == 4) return "; leave out the fourth channel: video[..., :3]";
  if (shape.size() == 4 && shape[3] == 1) return "; repeat grey as colour: video.repeat(3, axis=3)";
  if (shape.size() == 5 && shape[0] == 1) return "; leave out the batch: video[0]";
  if (shape.size() == 3 && shape[2] == 3) return "; a single frame is video[None]";
  return "";
}

// How to make frames of numbers of another type; for integers, by the range that the type is mostly used with.
std::string_view conversion_from(DType dtype) {
  switch (dtype) {
    case DType::kF64:
    case DType::kF16:
    case DType::kBF16:
      return "video.astype(\"float32\") converts it";
    case DType::kU16:
      return "(video / 65535).astype(\"float32\") converts it if 65535 is white";
    case DType::kI8:
      return "video.view(\"uint8\") converts it if its bytes are those of uint8";
    case DType::kBool:
      return "(video * 255).astype(\"uint8\") converts it";
    default:
      return "video.astype(\"uint8\") converts it if 255 is white";
  }
}

void check_video(const NpyHeader& video, const std::string& path, int64_t max_pixels) {
  const Shape& shape = video.shape;
  if (video.dtype != DType::kU8 && video.dtype != DType::kF32) {
    fail_input(printable(path), "expected uint8, or float32 in [0, 1], got {}; {}", word_of(video.dtype),
               conversion_from(video.dtype));
  }
  const auto side_is_possible = [&](size_t axis) { return shape[axis] >= 1 && shape[axis] <= kMaxImageSide; };
  if (shape.size() != 4 || shape[3] != 3 || shape[0] < 1 || !side_is_possible(1) || !side_is_possible(2)) {
    fail_input(printable(path), "expected frames [T, H, W, 3] with sides from 1 to {}, got {}{}", kMaxImageSide,
               to_string(shape), way_out_of(shape));
  }
  if (shape[1] * shape[2] > max_pixels) {
    fail_input(printable(path), "expected at most {0} pixels per frame, got {1}; --max-pixels {1} allows it",
               max_pixels, shape[1] * shape[2]);
  }
}

// Type and shape are checked before any value is read.
HostTensor read_array(const std::string& path, int64_t max_pixels) {
  auto file = open_file(path);
  if (path.ends_with(".npy")) {
    refuse_other_kinds(*file, Wanted::kNpy);
    std::vector<std::byte> start(static_cast<size_t>(std::min(file->size(), kMaxNpyHeaderBytes)));
    file->read(0, start);
    check_video(parse_npy_header(start, printable(path)), path, max_pixels);
    return read_npy(*file, kMaxArrayBytes);
  }
  NpzReader::Limits limits;
  limits.max_array_bytes = kMaxArrayBytes;
  const NpzReader archive(std::move(file), limits);
  if (!archive.contains("video")) {
    const auto& names = archive.names();
    const bool weights = std::any_of(names.begin(), names.end(), [](const auto& name) {
      return name.find("tokenizer") != std::string::npos || name.find("encoder") != std::string::npos;
    });
    fail_input(printable(path), "expected an array named 'video', got {}; {}", list_some(names),
               weights ? "are source and model swapped? --model names the model"
                       : "in Python: numpy.savez(FILE, video=frames)");
  }
  check_video(archive.header("video"), path, max_pixels);
  return archive.read("video");
}

class ArraySource : public FrameSource {
 public:
  ArraySource(const std::string& path, HostTensor video, std::stop_token stop)
      : video_(std::move(video)), stop_(std::move(stop)) {
    info_.name = path;
    info_.height = static_cast<int>(video_.shape()[1]);
    info_.width = static_cast<int>(video_.shape()[2]);
    info_.format = path.substr(path.size() - 3);
    info_.frames_from_header = video_.shape()[0];
    info_.fps_from_header = 1 / kUntimedFrameSeconds;
  }

  const SourceInfo& info() const override { return info_; }

  bool read(Frame& frame) override {
    throw_if_stopped(stop_);
    if (index_ == video_.shape()[0]) return false;
    const auto type = video_.dtype() == DType::kU8 ? PixelType::kU8 : PixelType::kF32;
    std::byte* pixels = frame.image.resize(type, info_.height, info_.width);
    const ptrdiff_t bytes = frame.image.row_stride_bytes * frame.image.height;
    std::copy_n(video_.data() + index_ * bytes, bytes, pixels);
    if (type == PixelType::kF32) check_values(frame.image.view());
    frame.index = index_++;
    frame.pts_seconds = static_cast<double>(frame.index) * kUntimedFrameSeconds;
    frame.duration_seconds = kUntimedFrameSeconds;
    return true;
  }

 private:
  void check_values(const ImageView& image) const {
    const std::span values(image.row<float>(0), size_t{3} * image.height * image.width);
    const auto bad = std::find_if(values.begin(), values.end(), [](float v) { return !(v >= 0.0f && v <= 1.0f); });
    if (bad == values.end()) return;
    fail_input(printable(info_.name),
               "expected values in [0, 1], got {} in frame {}; if 255 is white, video.astype(\"uint8\") converts them",
               *bad, index_);
  }

  HostTensor video_;
  std::stop_token stop_;
  SourceInfo info_;
  int64_t index_ = 0;
};

}  // namespace

bool is_array_name(const std::string& source) { return source.ends_with(".npy") || source.ends_with(".npz"); }

std::unique_ptr<FrameSource> open_array(const std::string& path, const SourceOptions& options) {
  return std::make_unique<ArraySource>(path, read_array(path, options.max_pixels), options.stop);
}

}  // namespace trecvit
