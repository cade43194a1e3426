// One clip in each container and raw format, with known colours.
#include <gtest/gtest.h>

#include "support/errors.h"
#include "trecvit/video/source.h"
#include "trecvit/video/source_list.h"
#include "video/video_test.h"

namespace trecvit::test {
namespace {

struct Clip {
  const char* file;
  const char* format;  // as FFmpeg names it
  int64_t frames;
  int width, height;
  int tolerance;  // of a colour; the palette of a GIF is coarse
};
constexpr Clip kClips[] = {
    {"windows.wmv", "asf", 12, 64, 48, 4},       {"mpeg2.mxf", "mxf", 12, 64, 48, 4},
    {"mpeg4.nut", "nut", 12, 64, 48, 4},         {"animated.gif", "gif", 12, 64, 48, 8},
    {"animated.png", "apng", 12, 64, 48, 0},     {"jpegs.mjpeg", "mjpeg", 12, 64, 48, 4},
    {"plain.y4m", "yuv4mpegpipe", 6, 64, 48, 3}, {"av1.obu", "obu", 12, 64, 48, 6},
    {"mpeg4.m4v", "m4v", 12, 64, 48, 4},         {"raw.h263", "h263", 12, 128, 96, 4},
};

class Containers : public VideoTest, public testing::WithParamInterface<Clip> {};

TEST_P(Containers, EveryFrameComesWithItsColours) {
  const Clip& want = GetParam();
  const auto source = open_source(clip(want.file));
  EXPECT_EQ(source->info().format, want.format);
  EXPECT_EQ(source->info().width, want.width);
  EXPECT_EQ(source->info().height, want.height);
  int64_t frames = 0;
  double before = -1;
  for (Frame frame; source->read(frame); ++frames) {
    EXPECT_EQ(frame.index, frames);
    EXPECT_GT(frame.pts_seconds, before);
    before = frame.pts_seconds;
    for (int which = 0; which < 3; ++which)
      expect_color(quarter(frame.image.view(), which), kQuarters[static_cast<size_t>(which)], want.tolerance);
    expect_color(quarter(frame.image.view(), 3), grey_of_frame(frames), want.tolerance);
  }
  EXPECT_EQ(frames, want.frames);
  EXPECT_EQ(source->faults().damaged_packets, 0);
  // H.263 counts time in 29.97ths of a second.
  EXPECT_NEAR(before, static_cast<double>(want.frames - 1) / 25, 1 / 29.97);
}

TEST_P(Containers, FilesOfAFolderAreFoundByTheirNames) {
  const std::string name = GetParam().file;
  EXPECT_TRUE(is_clip_name(name) || name == "animated.png") << name;
}

INSTANTIATE_TEST_SUITE_P(All, Containers, testing::ValuesIn(kClips),
                         [](const auto& parameter) { return std::string(parameter.param.format); });

class OneSource : public VideoTest {};

TEST_F(OneSource, ASinglePictureIsAVideoOfOneFrame) {
  const auto source = open_source(clip("picture.jpg"));
  Frame frame;
  EXPECT_TRUE(source->read(frame));
  EXPECT_FALSE(source->read(frame));
}

TEST_F(OneSource, LimitsNameTheirOptions) {
  expect_error(ErrorKind::kInput, {"at most 2 tracks", "--max-tracks"},
               [] { open_source(clip("eighteen_subtitles.mkv"), {.max_tracks = 2}); });
  for (const SourceOptions& options : {SourceOptions{.max_tracks = 0}, SourceOptions{.probe_bytes = 0}})
    expect_error(ErrorKind::kUsage, {"probe_bytes", "max_tracks"}, [&] { open_source(clip("mpeg4.avi"), options); });
}

}  // namespace
}  // namespace trecvit::test
