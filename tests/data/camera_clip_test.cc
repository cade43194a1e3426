#include "trecvit/data/camera_clip.h"

#include <gtest/gtest.h>

#include "support/errors.h"

namespace trecvit {
namespace {

using test::expect_error;

TEST(CameraClip, DependsOnlyOnItsArguments) {
  const auto picture = std::make_shared<const Picture>(paint_scene(4, {50, 90}));
  CameraClipOptions options;
  options.picture = picture;
  options.label = 5;
  options.seed = 3;
  options.wanted.clip.frames = 6;
  options.wanted.height = options.wanted.width = 24;
  const Clip clip = make_camera_clip(options);
  EXPECT_EQ(clip.label, 5);
  EXPECT_EQ(clip.pixels, make_camera_clip(options).pixels);
  CameraClipOptions other = options;
  other.picture = std::make_shared<const Picture>(paint_scene(5, {50, 90}));
  EXPECT_NE(clip.pixels, make_camera_clip(other).pixels);
  other = options;
  other.objects = 4;
  expect_error(ErrorKind::kUsage, {"0 to 3 objects", "got 4"}, [&] { make_camera_clip(other); });
}

}  // namespace
}  // namespace trecvit
