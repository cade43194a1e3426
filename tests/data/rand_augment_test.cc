#include "trecvit/data/rand_augment.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>

#include "support/random_bytes.h"
#include "trecvit/data/augment.h"

namespace trecvit {
namespace {

constexpr PixelSize kClipSize{9, 12};
constexpr size_t kClipFrame = size_t{3} * kClipSize.height * kClipSize.width;

std::vector<uint8_t> noise_clip(size_t frames) { return test::random_bytes(frames * kClipFrame); }

std::vector<uint8_t> after(std::vector<uint8_t> clip, Operation operation, double strength) {
  apply_operation({operation, strength}, kClipSize, clip);
  return clip;
}

std::vector<Operation> all_operations() {
  std::vector<Operation> all(static_cast<size_t>(Operation::kCount));
  for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<Operation>(i);
  return all;
}

// A still clip stays still, because every frame is changed in the same way.
TEST(RandAugment, EveryFrameIsChangedInTheSameWay) {
  const auto frame = noise_clip(1);
  std::vector<uint8_t> clip;
  for (int t = 0; t < 3; ++t) clip.insert(clip.end(), frame.begin(), frame.end());
  for (const Operation operation : all_operations()) {
    for (const double strength : {-0.7, 0.3, 1.0}) {
      const auto changed = after(clip, operation, strength), alone = after(frame, operation, strength);
      for (size_t t = 0; t < 3; ++t)
        EXPECT_TRUE(std::equal(alone.begin(), alone.end(), changed.begin() + static_cast<ptrdiff_t>(t * kClipFrame)))
            << static_cast<int>(operation) << " frame " << t;
    }
  }
}

TEST(RandAugment, ZeroStrengthChangesNothingExceptInOperationsWithoutStrength) {
  const auto clip = noise_clip(2);
  for (const Operation operation : all_operations()) {
    if (operation == Operation::kAutoContrast || operation == Operation::kEqualize) continue;
    EXPECT_EQ(after(clip, operation, 0), clip) << static_cast<int>(operation);
    if (operation == Operation::kIdentity) continue;
    EXPECT_NE(after(clip, operation, 0.5), clip) << static_cast<int>(operation);
  }
}

TEST(RandAugment, ValuesFollowTheDefinitions) {
  std::vector<uint8_t> clip(kClipFrame, 100);
  clip[0] = 255;
  EXPECT_EQ(after(clip, Operation::kSolarize, 0.5)[0], 0);     // values from 128 on are inverted
  EXPECT_EQ(after(clip, Operation::kSolarize, -0.5)[1], 100);  // the sign does not matter
  EXPECT_EQ(after(clip, Operation::kPosterize, 1)[1], 96);     // four bits
  EXPECT_EQ(after(clip, Operation::kPosterize, 1)[0], 240);
  EXPECT_EQ(after(clip, Operation::kBrightness, 1)[1], 190);
  EXPECT_EQ(after(clip, Operation::kBrightness, -1)[1], 10);
  EXPECT_EQ(after(clip, Operation::kBrightness, 1)[0], 255);  // clamped
}

TEST(RandAugment, ColorScalesTheDistanceFromGrey) {
  std::vector<uint8_t> clip(kClipFrame, 100);
  clip[0] = 200;  // grey: (77 * 200 + 150 * 100 + 29 * 100 + 128) / 256 = 130
  const auto less = after(clip, Operation::kColor, -1), more = after(clip, Operation::kColor, 1);
  EXPECT_EQ(less[0], 137);  // 130 + 0.1 * 70
  EXPECT_EQ(less[1], 127);  // 130 - 0.1 * 30
  EXPECT_EQ(more[0], 255);
  EXPECT_EQ(more[1], 73);   // 130 - 1.9 * 30
  EXPECT_EQ(more[3], 100);  // already grey
}

TEST(RandAugment, AutoContrastUsesTheWholeRangeOfEveryChannel) {
  auto clip = noise_clip(1);
  for (size_t i = 0; i < clip.size(); ++i) clip[i] = static_cast<uint8_t>(clip[i] / 4 + 50 * (i % 3));
  const auto out = after(clip, Operation::kAutoContrast, 1);
  for (size_t c = 0; c < 3; ++c) {
    std::set<uint8_t> values;
    for (size_t i = c; i < out.size(); i += 3) values.insert(out[i]);
    EXPECT_EQ(*values.begin(), 0);
    EXPECT_EQ(*values.rbegin(), 255);
  }
  const std::vector<uint8_t> even(kClipFrame, 7);
  EXPECT_EQ(after(even, Operation::kAutoContrast, 1), even);  // nothing to stretch
  EXPECT_EQ(after(even, Operation::kEqualize, 1), even);
}

// A dark picture gets about equally many values in each part of the range.
TEST(RandAugment, EqualizeEvensTheHistogram) {
  std::vector<uint8_t> clip(4 * kClipFrame);
  const RandomStream random(2, "dark");
  for (size_t i = 0; i < clip.size(); ++i) {
    const double u = random.unit(i);
    clip[i] = static_cast<uint8_t>(120 * u * u);
  }
  const auto out = after(clip, Operation::kEqualize, 1);
  for (size_t c = 0; c < 3; ++c) {
    std::array<double, 4> quarter{};
    for (size_t i = c; i < out.size(); i += 3) quarter[out[i] / 64] += 3.0 / static_cast<double>(out.size());
    for (const double part : quarter) EXPECT_NEAR(part, 0.25, 0.12);
  }
}

TEST(RandAugment, SharpnessSmoothsBelowOneAndKeepsTheBorder) {
  std::vector<uint8_t> clip(kClipFrame, 0);
  const size_t centre = (size_t{4} * kClipSize.width + 6) * 3;
  clip[centre] = 130;
  const auto smooth = after(clip, Operation::kSharpness, -1), sharp = after(clip, Operation::kSharpness, 1);
  EXPECT_EQ(smooth[centre], 58);     // 50 + 0.1 * 80: five thirteenths of 130 and a tenth of the rest
  EXPECT_EQ(smooth[centre + 3], 9);  // 0.9 * 10
  EXPECT_EQ(sharp[centre], 202);     // 50 + 1.9 * 80
  EXPECT_EQ(sharp[centre + 3], 0);
  std::vector<uint8_t> border(kClipFrame, 0);
  border[0] = 200;
  EXPECT_EQ(after(border, Operation::kSharpness, -1)[0], 200);
}

TEST(RandAugment, TranslationsAreWholePixelsFilledWithGrey) {
  const auto clip = noise_clip(1);
  const auto moved = after(clip, Operation::kTranslateX, 0.5);  // 0.5 * 0.45 * 12 = 2.7: three pixels
  for (int y = 0; y < kClipSize.height; ++y) {
    for (int x = 0; x < kClipSize.width; ++x) {
      const size_t at = (static_cast<size_t>(y) * kClipSize.width + x) * 3;
      EXPECT_EQ(moved[at], x + 3 < kClipSize.width ? clip[at + 9] : 128) << y << " " << x;
    }
  }
  const auto back = after(clip, Operation::kTranslateY, -1);  // four pixels
  EXPECT_EQ(back[0], 128);
  EXPECT_EQ(back[size_t{3} * kClipSize.width * 4], clip[0]);
}

TEST(RandAugment, RotationsAndShearsKeepTheCentreAndAreInverses) {
  std::vector<uint8_t> clip(kClipFrame, 40);
  for (int y = 2; y < 7; ++y) {
    for (int x = 4; x < 8; ++x) clip[(static_cast<size_t>(y) * kClipSize.width + x) * 3] = 220;
  }
  for (const Operation operation : {Operation::kRotate, Operation::kShearX, Operation::kShearY}) {
    const auto there = after(clip, operation, 0.6);
    EXPECT_NE(there, clip);
    const auto back = after(there, operation, -0.6);
    for (const int x : {5, 6}) {
      const size_t centre = (size_t{4} * kClipSize.width + x) * 3;
      EXPECT_NEAR(back[centre], 220, 12) << static_cast<int>(operation);
    }
  }
}

TEST(RandAugment, UsesAllOperationsWithBothSigns) {
  std::set<Operation> seen;
  std::set<double> strengths;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const auto drawn = draw_operations(2, 0.3, RandomStream(seed, "look"), 256);
    ASSERT_EQ(drawn.size(), 2U);
    for (const auto& one : drawn) {
      seen.insert(one.operation);
      strengths.insert(one.strength);
    }
  }
  EXPECT_EQ(seen.size(), static_cast<size_t>(Operation::kCount));
  EXPECT_EQ(strengths, (std::set<double>{-0.3, 0.3}));
}

TEST(RandAugment, IsPartOfTheLookInTraining) {
  ClipOptions options;
  options.height = kClipSize.height;
  options.width = kClipSize.width;
  options.augment.operations = 3;
  const LookDraw draw{RandomStream(9, "look"), 0};
  const Look look = draw_look({40, 50}, options, draw);
  EXPECT_EQ(look.operations.size(), 3U);
  auto got = noise_clip(2), want = got;
  finish_look(look, kClipSize, draw.random, got);
  for (const auto& operation : look.operations) apply_operation(operation, kClipSize, want);
  EXPECT_EQ(got, want);
  options.training = false;
  EXPECT_TRUE(draw_look({40, 50}, options, draw).operations.empty());
}

}  // namespace
}  // namespace trecvit
