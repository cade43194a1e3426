// Still pictures and folders of them.
#include "support/errors.h"
#include "trecvit/image/png.h"
#include "trecvit/io/byte_source.h"
#include "trecvit/video/frames_folder.h"
#include "trecvit/video/picture_file.h"
#include "video/video_test.h"

namespace trecvit {
namespace {

using test::expect_error;

class Pictures : public test::VideoTest {
 protected:
  static Picture gradient(int height, int width, uint8_t blue) {
    Picture picture{height, width, {}};
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        picture.rgb.insert(picture.rgb.end(), {static_cast<uint8_t>(y * 5), static_cast<uint8_t>(x * 7), blue});
      }
    }
    return picture;
  }
  void write_png(const std::string& name, const Picture& picture) const {
    const auto png = encode_png(picture.rgb, picture.height, picture.width);
    write(name, {reinterpret_cast<const char*>(png.data()), png.size()});
  }
};

TEST_F(Pictures, PngIsExact) {
  const Picture picture = gradient(20, 33, 200);
  const auto png = encode_png(picture.rgb, 20, 33);
  const Picture got = decode_picture(png, "x.jpg");  // the extension does not matter
  EXPECT_EQ(got.height, 20);
  EXPECT_EQ(got.width, 33);
  EXPECT_EQ(got.rgb, picture.rgb);
}

TEST_F(Pictures, JpegIsNear) {
  const Picture picture = read_picture(test::clip("picture.jpg"));
  ASSERT_EQ(picture.height, 24);
  ASSERT_EQ(picture.width, 32);
  // The left half is red, the right half blue. Colours have half the resolution, so pixels at the edge are not
  // compared.
  constexpr int kLoss = 12;  // error of the compression
  const auto expect_color = [&](int x, std::array<int, 3> want) {
    for (int c = 0; c < 3; ++c) EXPECT_NEAR(picture.rgb[(12 * 32 + x) * 3 + c], want[c], kLoss) << x << " " << c;
  };
  expect_color(4, {200, 30, 40});
  expect_color(27, {20, 40, 220});
}

TEST_F(Pictures, RefusesOtherFormats) {
  const auto decode = [](std::span<const std::byte> bytes, int64_t max_pixels = kMaxPicturePixels) {
    return [=] { decode_picture(bytes, "p", max_pixels); };
  };
  const std::string gif = "GIF89a....................";
  expect_error(ErrorKind::kInput, {"[p]", "JPEG or PNG"}, decode(std::as_bytes(std::span(gif))));
  expect_error(ErrorKind::kInput, {"[p]", "0 bytes"}, decode({}));
  const Picture picture = gradient(200, 200, 1);
  const auto png = encode_png(picture.rgb, 200, 200);
  expect_error(ErrorKind::kInput, {"[p]"}, decode(std::span(png).first(png.size() / 4)));
  expect_error(ErrorKind::kInput, {"[p]"}, decode(png, 100 * 100));
  expect_error(ErrorKind::kInput, {"gone.png"}, [&] { read_picture(folder_.file("gone.png")); });
}

TEST_F(Pictures, ATruncatedPictureIsRefused) {
  const std::string jpeg = test::read_bytes(test::clip("picture.jpg"));
  for (size_t size = 1; size + 12 <= jpeg.size(); ++size) {
    expect_error(ErrorKind::kInput, {"[cut]"},
                 [&] { decode_picture(std::as_bytes(std::span(jpeg)).first(size), "cut"); });
  }
}

TEST_F(Pictures, DamageEndsInAnErrorOrAPicture) {
  const auto png = encode_png(gradient(16, 16, 9).rgb, 16, 16);
  std::string jpeg = read_text(*open_file(test::clip("picture.jpg")), 1 << 20);
  for (std::vector<std::byte> bytes :
       {png, std::vector<std::byte>(std::as_bytes(std::span(jpeg)).begin(), std::as_bytes(std::span(jpeg)).end())}) {
    for (size_t at = 3; at < bytes.size(); at += 7) {
      auto damaged = bytes;
      damaged[at] ^= std::byte{0x55};
      try {
        const Picture picture = decode_picture(damaged, "damaged", 1 << 20);
        EXPECT_EQ(picture.rgb.size(), size_t{3} * picture.height * picture.width);
      } catch (const Error& error) {
        EXPECT_NE(error.kind(), ErrorKind::kUsage) << error.what();
      }
    }
  }
}

TEST_F(Pictures, FolderIsReadInNumericOrder) {
  for (const int number : {9, 10, 12}) {
    write_png("frame_" + std::to_string(number) + ".png", gradient(8, 8, static_cast<uint8_t>(number)));
  }
  write("readme.txt", "");
  EXPECT_TRUE(is_frames_folder(folder_.path()));
  EXPECT_EQ(count_pictures(folder_.path()), 3);
  const auto source = open_frames_folder(folder_.path());
  EXPECT_EQ(source->info().frames_from_header, 3);
  EXPECT_EQ(source->faults().missing_pictures, 1) << "picture 11";
  EXPECT_EQ(source->faults().damaged_packets, 0);
  EXPECT_DOUBLE_EQ(source->info().fps_from_header.value(), 25);
  std::vector<int> blue;
  while (const auto frame = source->next()) {
    EXPECT_EQ(frame->index, std::ssize(blue));
    blue.push_back(frame->image.row<uint8_t>(0)[2]);
  }
  EXPECT_EQ(blue, (std::vector<int>{9, 10, 12}));
  write_png("frame_0009.png", gradient(8, 8, 0));
  expect_error(ErrorKind::kInput, {"one picture per number", "frame_9.png", "frame_0009.png"},
               [&] { open_frames_folder(folder_.path()); });
}

TEST_F(Pictures, FolderWithoutPictures) {
  write("notes.png.txt", "");
  EXPECT_FALSE(is_frames_folder(folder_.path()));
  EXPECT_FALSE(is_frames_folder(folder_.file("gone")));
  EXPECT_EQ(count_pictures(folder_.file("gone")), 0);
  expect_error(ErrorKind::kInput, {"names end in a number"}, [&] { open_frames_folder(folder_.path()); });
  expect_error(ErrorKind::kInput, {"gone"}, [&] { open_frames_folder(folder_.file("gone")); });
}

}  // namespace
}  // namespace trecvit
