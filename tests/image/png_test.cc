#include "trecvit/image/png.h"

#include <gtest/gtest.h>
#include <png.h>

#include "support/errors.h"
#include "support/random_bytes.h"

namespace trecvit {
namespace {

// Decodes with libpng's own reader.
std::vector<uint8_t> decode(const std::vector<std::byte>& file, int height, int width) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  EXPECT_TRUE(png_image_begin_read_from_memory(&image, file.data(), file.size())) << image.message;
  EXPECT_EQ(image.height, static_cast<png_uint_32>(height));
  EXPECT_EQ(image.width, static_cast<png_uint_32>(width));
  EXPECT_EQ(image.format, PNG_FORMAT_RGB);
  std::vector<uint8_t> rgb(PNG_IMAGE_SIZE(image));
  EXPECT_TRUE(png_image_finish_read(&image, nullptr, rgb.data(), 0, nullptr)) << image.message;
  return rgb;
}

TEST(Png, DecodesToTheSamePixels) {
  for (const auto& [height, width] : {std::pair{1, 1}, {1, 300}, {300, 1}, {37, 50}}) {
    const auto rgb = test::random_picture(height, width);
    const auto file = encode_png(rgb, height, width);
    EXPECT_EQ(decode(file, height, width), rgb) << height << " x " << width;
    EXPECT_EQ(encode_png(rgb, height, width), file);
  }
}

TEST(Png, FlatPicturesAreSmall) {
  EXPECT_LT(encode_png(std::vector<uint8_t>(size_t{3} * 200 * 200, 77), 200, 200).size(), 2000u);
}

TEST(Png, RefusesImpossibleSizes) {
  const auto rgb = test::random_picture(2, 2);
  test::expect_error(ErrorKind::kUsage, {"12 bytes", "got 11"}, [&] { encode_png(std::span(rgb).first(11), 2, 2); });
  test::expect_error(ErrorKind::kUsage, {"0 x 2"}, [&] { encode_png(rgb, 2, 0); });
  test::expect_error(ErrorKind::kUsage, {"sides"}, [&] { encode_png(rgb, -1, -4); });
  test::expect_error(ErrorKind::kUsage, {"sides"}, [&] { encode_png(rgb, 1, 32769); });
}

}  // namespace
}  // namespace trecvit
