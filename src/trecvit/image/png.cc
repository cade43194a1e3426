#include "trecvit/image/png.h"

#include <png.h>

#include "trecvit/base/error.h"
#include "trecvit/image/image.h"

namespace trecvit {

std::vector<std::byte> encode_png(std::span<const uint8_t> rgb, int height, int width) {
  if (height < 1 || width < 1 || height > kMaxImageSide || width > kMaxImageSide)
    fail_usage("PNG", "expected sides from 1 to {}, got {} x {}", kMaxImageSide, width, height);
  const size_t bytes = size_t{3} * static_cast<size_t>(height) * static_cast<size_t>(width);
  if (rgb.size() != bytes)
    fail_usage("PNG", "expected {} bytes for {} x {} pixels, got {}", bytes, width, height, rgb.size());
  // This interface of libpng handles its setjmp internally, so no destructor is skipped.
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(width);
  image.height = static_cast<png_uint_32>(height);
  image.format = PNG_FORMAT_RGB;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
  std::vector<std::byte> out(size);
  const int written = png_image_write_to_memory(&image, out.data(), &size, 0, rgb.data(), 3 * width, nullptr);
  if (written == 0) fail(ErrorKind::kResource, "PNG", "expected libpng to write the picture, got: {}", image.message);
  out.resize(size);
  return out;
}

}  // namespace trecvit
