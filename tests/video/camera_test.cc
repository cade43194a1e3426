// Cameras, without one: FFmpeg's test pictures come through the same path.
#include "trecvit/video/camera.h"

#include <gtest/gtest.h>

#include "support/errors.h"
#include "trecvit/base/stop.h"
#include "video/video_test.h"

namespace trecvit::test {
namespace {

TEST(CameraName, IsRecognised) {
  for (const char* name : {"0", "12", "camera:", "camera:0", "camera:HD Webcam", "/dev/video0", "camera:0?fps=30"})
    EXPECT_TRUE(is_camera_name(name)) << name;
  for (const char* name : {"", "clip.mp4", "-1", "camera", "/dev/null", "1.mp4"})
    EXPECT_FALSE(is_camera_name(name)) << name;
}

TEST(CameraName, IsParsed) {
  EXPECT_EQ(parse_camera("3").device, "/dev/video3");
  EXPECT_EQ(parse_camera("camera:3").device, "/dev/video3");
  EXPECT_EQ(parse_camera("/dev/video3").device, "/dev/video3");
  EXPECT_EQ(parse_camera("camera:HD Webcam").device, "HD Webcam");
  const CameraRequest camera = parse_camera("camera:0?size=640x480&fps=30&format=mjpeg");
  EXPECT_EQ(camera.device, "/dev/video0");
  EXPECT_EQ(camera.size, "640x480");
  EXPECT_EQ(camera.fps, "30");
  EXPECT_EQ(camera.format, "mjpeg");
  expect_error(ErrorKind::kUsage, {"setting of a camera", "zoom"}, [] { parse_camera("camera:0?zoom=2"); });
  expect_error(ErrorKind::kUsage, {"camera:0?fps"}, [] { parse_camera("camera:0?fps"); });
}

// Skips in a build without cameras.
class Camera : public VideoTest {
 protected:
  void SetUp() override {
    VideoTest::SetUp();
    if (IsSkipped()) return;
    try {
      open_source("camera:no such camera");
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::kUnavailable) GTEST_SKIP() << error.what();
    }
  }
  static std::unique_ptr<FrameSource> test_picture(const std::string& filter, const SourceOptions& options = {}) {
    return open_camera({.device = filter, .driver = "lavfi"}, "camera:test", options);
  }
};

TEST_F(Camera, ThatIsNotThereIsRefused) {
  expect_error(ErrorKind::kInput, {"[camera:no such camera]", "expected a camera", "no such camera"},
               [] { open_source("camera:no such camera"); });
  expect_error(ErrorKind::kInput, {"expected a camera", "/dev/video977"}, [] { open_source("977"); });
  expect_error(ErrorKind::kUsage, {"camera:NUMBER or camera:NAME"}, [] { open_source("camera:"); });
}

TEST_F(Camera, GivesFramesAsSoonAsTheyAreTaken) {
  const auto source = test_picture("color=c=0x1e6432:size=64x48:rate=50:duration=0.4");
  EXPECT_TRUE(source->info().is_live);
  EXPECT_EQ(source->info().name, "camera:test");
  EXPECT_EQ(source->info().width, 64);
  EXPECT_EQ(source->info().height, 48);
  Frame frame;
  for (int64_t i = 0; i < 20; ++i) {
    ASSERT_TRUE(source->read(frame));
    EXPECT_EQ(frame.index, i);
    EXPECT_NEAR(frame.pts_seconds, static_cast<double>(i) / 50, 1e-6);
    EXPECT_NEAR(frame.duration_seconds, 0.02, 1e-6);
    expect_color(quarter(frame.image.view(), 0), {0x1e, 0x64, 0x32}, 3);
  }
}

TEST_F(Camera, IsOpenedAgainWhenItWasUnplugged) {
  const auto source = test_picture("color=c=red:size=64x48:rate=25:duration=0.2", {.reconnect_seconds = 5});
  Frame frame;
  for (int64_t i = 0; i < 12; ++i) {
    ASSERT_TRUE(source->read(frame));
    EXPECT_EQ(frame.index, i);
    EXPECT_EQ(frame.after_gap, i == 5 || i == 10);
  }
  EXPECT_EQ(source->faults().broken_connections, 2);
}

TEST_F(Camera, AStopEndsIt) {
  std::stop_source stop;
  const auto source = test_picture("color=c=red:size=64x48:rate=25", {.stop = stop.get_token()});
  Frame frame;
  EXPECT_TRUE(source->read(frame));
  stop.request_stop();
  EXPECT_THROW(source->read(frame), Stopped);
}

}  // namespace
}  // namespace trecvit::test
