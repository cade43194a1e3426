#include "trecvit/data/visible_motion.h"

#include <gtest/gtest.h>

#include <vector>

#include "trecvit/base/random.h"
#include "trecvit/data/camera_clip.h"

namespace trecvit::test {
namespace {

constexpr FrameSize kMotionSize{32, 32};

std::vector<uint8_t> flat(uint8_t value) { return std::vector<uint8_t>(kMotionSize.bytes(), value); }

TEST(VisibleMotion, ASkyHasNoVisibleMotion) {
  std::vector<uint8_t> sky = flat(140);
  for (size_t i = 0; i < sky.size(); ++i) sky[i] = static_cast<uint8_t>(sky[i] + i / (sky.size() / 20));  // a gradient
  EXPECT_FALSE(has_something_to_see(sky, kMotionSize));
}

TEST(VisibleMotion, AQuarterOfTheCellsIsEnough) {
  std::vector<uint8_t> some = flat(100);
  const auto mark = [&some](int row, int column) { some[static_cast<size_t>((row * 4 * 32 + column * 4) * 3)] = 200; };
  for (int cell = 0; cell < 15; ++cell) mark(cell / 8, cell % 8);
  EXPECT_FALSE(has_something_to_see(some, kMotionSize));
  mark(7, 7);
  EXPECT_TRUE(has_something_to_see(some, kMotionSize));
}

// Three quarters of the picture are blank: without repeated attempts, most clips would show nothing.
TEST(VisibleMotion, ClipsShowThePartOfAPictureWithDetail) {
  auto picture = std::make_shared<Picture>();
  picture->height = picture->width = 128;
  picture->rgb.assign(size_t{128} * 128 * 3, 90);
  const RandomStream random(3, "detail");
  for (size_t y = 0; y < 64; ++y) {
    for (size_t x = 0; x < 64; ++x) picture->rgb[(y * 128 + x) * 3] = random.byte(y * 64 + x);
  }
  CameraClipOptions options;
  options.picture = picture;
  options.objects = 0;
  options.wanted.height = options.wanted.width = 32;
  options.wanted.clip.frames = 4;
  int visible = 0;
  for (options.seed = 1; options.seed <= 40; ++options.seed) {
    const Clip clip = make_camera_clip(options);
    visible +=
        has_something_to_see(std::span<const uint8_t>(clip.pixels).first(kMotionSize.bytes()), kMotionSize) ? 1 : 0;
  }
  EXPECT_EQ(visible, 40);
}

}  // namespace
}  // namespace trecvit::test
