#include "trecvit/image/preprocess.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <vector>

#include "trecvit/base/error.h"
#include "trecvit/image/placement.h"

namespace trecvit {
namespace {

void check_frame(const ImageView& frame) {
  if (frame.pixels == nullptr) fail_input("preprocess", "expected a frame, got one without pixels");
  if (frame.height < 1 || frame.width < 1 || frame.height > kMaxImageSide || frame.width > kMaxImageSide) {
    fail_input("preprocess", "expected a frame of 1x1 to {0}x{0}, got {1}x{2}", kMaxImageSide, frame.width,
               frame.height);
  }
  const auto row_bytes = static_cast<ptrdiff_t>(frame.pixel_bytes()) * frame.width;
  const bool aligned = frame.type == PixelType::kU8 || frame.row_stride_bytes % ptrdiff_t{sizeof(float)} == 0;
  if (std::abs(frame.row_stride_bytes) < row_bytes || !aligned) {
    fail_input("preprocess", "expected a row stride of at least {} bytes and of whole samples, got {}", row_bytes,
               frame.row_stride_bytes);
  }
}

}  // namespace

struct Preprocessor::Impl {
  PreprocessConfig config;
  PixelSize input;
  std::array<float, 256> scaled;  // byte * scale
  PixelSize frame;                // the size that `placement` and `resizer` are for
  Placement placement;
  std::optional<Resizer> resizer;
  std::vector<uint8_t> resized;  // [H, W, 3]

  void prepare(PixelSize size) {
    if (resizer && size == frame) return;
    placement = place(config, size, input);
    resizer.emplace(placement.rows, placement.columns);
    frame = size;
  }

  ptrdiff_t offset() const { return (ptrdiff_t{placement.top} * input.width + placement.left) * 3; }

  void scale_bytes(const ImageView& bytes, float* out) const {
    const ptrdiff_t row_values = ptrdiff_t{3} * bytes.width;
    for (int y = 0; y < bytes.height; ++y, out += row_values) {
      const auto* row = bytes.row<uint8_t>(y);
      for (ptrdiff_t i = 0; i < row_values; ++i) out[i] = scaled[row[i]];
    }
  }

  void pass(const ImageView& image, float* out) const {
    if (image.type == PixelType::kU8) return scale_bytes(image, out);
    const ptrdiff_t row_values = ptrdiff_t{3} * image.width;
    for (int y = 0; y < image.height; ++y, out += row_values) std::copy_n(image.row<float>(y), row_values, out);
  }

  void resize_floats(const ImageView& image, std::span<float> out) {
    if (config.resize == Resize::kPad) std::fill(out.begin(), out.end(), 0.0f);
    resizer->run(image, out.data() + offset(), input.width);
  }

  void resize_bytes(const ImageView& image, std::span<float> out) {
    resized.resize(out.size());
    if (config.resize == Resize::kPad) std::fill(resized.begin(), resized.end(), uint8_t{0});
    resizer->run(image, resized.data() + offset(), input.width);
    scale_bytes({resized.data(), PixelType::kU8, input.height, input.width, ptrdiff_t{3} * input.width}, out.data());
  }
};

Preprocessor::Preprocessor(const PreprocessConfig& config, int height, int width) : impl_(std::make_unique<Impl>()) {
  if (height < 1 || width < 1 || height > kMaxImageSide || width > kMaxImageSide) {
    fail_usage("preprocess", "expected an input size of 1x1 to {0}x{0}, got {1}x{2}", kMaxImageSide, height, width);
  }
  impl_->config = config;
  impl_->input = {height, width};
  // Computed in double and rounded once: for scale 1/255 this is exactly float(byte) / 255.
  for (int i = 0; i < 256; ++i) impl_->scaled[i] = static_cast<float>(i * config.scale);
}

Preprocessor::~Preprocessor() = default;
Preprocessor::Preprocessor(Preprocessor&&) noexcept = default;
Preprocessor& Preprocessor::operator=(Preprocessor&&) noexcept = default;

void Preprocessor::operator()(const ImageView& frame, std::span<float> out) {
  Impl& impl = *impl_;
  TRECVIT_CHECK(out.size() == size_t{3} * impl.input.height * impl.input.width);
  check_frame(frame);
  const PixelSize size{frame.height, frame.width};
  if (size == impl.input) return impl.pass(frame, out.data());
  impl.prepare(size);
  if (frame.type == PixelType::kU8) {
    impl.resize_bytes(frame, out);
  } else {
    impl.resize_floats(frame, out);
  }
}

}  // namespace trecvit
