#include "trecvit/synth/picture.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "support/errors.h"
#include "synth/synth_test.h"

namespace trecvit {
namespace {

TEST(PaintScene, DependsOnItsArgumentsAlone) {
  const Picture scene = paint_scene(3, {60, 80});
  EXPECT_EQ(scene.height, 60);
  EXPECT_EQ(scene.width, 80);
  EXPECT_EQ(scene.rgb.size(), 60u * 80 * 3);
  EXPECT_EQ(scene.rgb, paint_scene(3, {60, 80}).rgb);
  EXPECT_NE(scene.rgb, paint_scene(4, {60, 80}).rgb);
}

// Pinned, so that nobody's data set changes by accident.
TEST(PaintScene, BytesAreTheSameEverywhere) {
  EXPECT_EQ(test::hash_of(paint_scene(1, {64, 64}).rgb), 16739055072554853156ull);
  EXPECT_EQ(test::hash_of(paint_scene(2, {33, 150}).rgb), 10234614323163898961ull);
}

// A patch without texture would hide motion.
TEST(PaintScene, NoPatchIsFlat) {
  constexpr int kPatch = 12, kSide = 192;
  constexpr int kLeastRange = 8;  // of 255: three grey levels would be lost in noise, eight are seen
  for (uint64_t seed = 0; seed < 10; ++seed) {
    const Picture scene = paint_scene(seed, {kSide, kSide});
    int flat = 0;
    for (int top = 0; top < kSide; top += kPatch) {
      for (int left = 0; left < kSide; left += kPatch) {
        int low = 255, high = 0;
        for (int i = 0; i < kPatch * kPatch; ++i) {
          const int at = ((top + i / kPatch) * kSide + left + i % kPatch) * 3 + 1;
          low = std::min<int>(low, scene.rgb[at]);
          high = std::max<int>(high, scene.rgb[at]);
        }
        flat += high - low < kLeastRange;
      }
    }
    EXPECT_LE(flat, 10) << "of 256 with seed " << seed;  // the inside of a figure may be
  }
}

TEST(PaintScene, TinyPicturesWork) {
  for (const FrameSize size : {FrameSize{1, 1}, FrameSize{1, 50}, FrameSize{3, 2}}) paint_scene(1, size);
}

TEST(PaintScene, RefusesImpossibleSizes) {
  test::expect_error(ErrorKind::kUsage, {"[scene]", "got 0x8"}, [] { paint_scene(1, {0, 8}); });
  test::expect_error(ErrorKind::kUsage, {"got 8x4097"}, [] { paint_scene(1, {8, 4097}); });
}

}  // namespace
}  // namespace trecvit
