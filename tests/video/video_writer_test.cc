#include "trecvit/video/video_writer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "support/errors.h"
#include "support/temp_dir.h"
#include "trecvit/video/video_file.h"

namespace trecvit::test {
namespace {

class Writing : public testing::Test {
 protected:
  // A picture of one colour that changes from frame to frame.
  void add(VideoWriter& writer, int t) {
    std::vector<uint8_t> pixels;
    for (int i = 0; i < kHeight * kWidth; ++i) {
      pixels.push_back(static_cast<uint8_t>(20 * t + 20));
      pixels.push_back(100);
      pixels.push_back(static_cast<uint8_t>(220 - 20 * t));
    }
    writer.add({pixels.data(), PixelType::kU8, kHeight, kWidth, 3 * kWidth});
  }
  VideoWriterOptions options() const { return {kHeight, kWidth, 12.5, Overwrite::kNo}; }

  static constexpr int kHeight = 33, kWidth = 47, kFrames = 9;  // odd sides
  TempDir dir_;
  std::string path_ = dir_.file("out.mp4");
};

TEST_F(Writing, ReadsBackAsWritten) {
  {
    VideoWriter writer(path_, options());
    for (int t = 0; t < kFrames; ++t) add(writer, t);
    EXPECT_FALSE(std::filesystem::exists(path_)) << "half a file can be seen";
    writer.finish();
  }
  const auto source = open_video_file(path_, {});
  EXPECT_EQ(source->info().codec, "h264");
  EXPECT_EQ(source->info().height, 34);
  EXPECT_EQ(source->info().width, 48);
  int t = 0;
  while (const auto frame = source->next()) {
    EXPECT_NEAR(frame->pts_seconds, t / 12.5, 1e-3);
    // The picture has one colour, so the only losses are the rounding of the colour space and a mild quantiser.
    const uint8_t* rgb = frame->image.row<uint8_t>(16) + 3 * 20;
    EXPECT_NEAR(rgb[0], 20 * t + 20, 5) << t;
    EXPECT_NEAR(rgb[1], 100, 5) << t;
    EXPECT_NEAR(rgb[2], 220 - 20 * t, 5) << t;
    ++t;
  }
  EXPECT_EQ(t, kFrames);
}

TEST_F(Writing, LeavesNoFileWithoutAnEnd) {
  {
    VideoWriter writer(path_, options());
    add(writer, 0);
  }
  EXPECT_TRUE(std::filesystem::is_empty(dir_.path()));
}

TEST_F(Writing, RefusesInvalidOptionsAndPaths) {
  const auto refused = [&](int height, int width, double fps) {
    expect_error(ErrorKind::kUsage, {"out.mp4", "expected"},
                 [&] { VideoWriter(path_, {height, width, fps, Overwrite::kNo}); });
  };
  refused(0, 10, 25);
  refused(10, 20'000, 25);
  refused(10, 10, 0);
  refused(10, 10, NAN);
  VideoWriter writer(path_, options());
  add(writer, 0);
  writer.finish();
  refused(kHeight, kWidth, 25);  // the file already exists
  expect_error(ErrorKind::kResource, {"no/such/folder"},
               [&] { VideoWriter(dir_.file("no/such/folder/out.mp4"), options()); });
}

}  // namespace
}  // namespace trecvit::test
