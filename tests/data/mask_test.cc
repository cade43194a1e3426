#include "trecvit/data/mask.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "support/errors.h"

namespace trecvit::test {
namespace {

MaskConfig config_of(MaskKind kind, double ratio, Rounding rounding = Rounding::kDown) {
  return {kind, ratio, rounding};
}

int64_t masked_in(const Mask& mask, const MaskGrid& grid, int64_t row) {
  const auto begin = mask.masked.begin() + row * grid.patches();
  return std::count(begin, begin + grid.patches(), uint8_t{1});
}

TEST(Mask, CountsAreRoundedAsConfigured) {
  // 196 * 0.9 = 176.4, the published grid.
  EXPECT_EQ(masked_count(196, config_of(MaskKind::kTube, 0.9)), 176);
  EXPECT_EQ(masked_count(196, config_of(MaskKind::kTube, 0.9, Rounding::kNearest)), 176);
  EXPECT_EQ(masked_count(196, config_of(MaskKind::kTube, 0.9, Rounding::kUp)), 177);
  // 0.9 * 10 in floating point is not above 9, and the count must not become 8 or 10.
  for (const auto rounding : {Rounding::kDown, Rounding::kNearest, Rounding::kUp}) {
    EXPECT_EQ(masked_count(10, config_of(MaskKind::kTube, 0.9, rounding)), 9);
    EXPECT_EQ(masked_count(10, config_of(MaskKind::kTube, 0.7, rounding)), 7);
  }
  // At least one patch is hidden and at least one is visible.
  EXPECT_EQ(masked_count(64, config_of(MaskKind::kTube, 0)), 1);
  EXPECT_EQ(masked_count(64, config_of(MaskKind::kTube, 1)), 63);
  expect_error(ErrorKind::kUsage, {"2 patches", "got 1"}, [] { masked_count(1, config_of(MaskKind::kTube, 0.9)); });
  expect_error(ErrorKind::kUsage, {"2 frames", "got 1"}, [] { masked_count(1, config_of(MaskKind::kFuture, 0.5)); });
}

TEST(Mask, EveryKindMasksItsFraction) {
  const MaskGrid grid{6, 5, 10};
  for (const double ratio : {0.1, 0.5, 0.9, 0.97}) {
    for (const auto kind : {MaskKind::kTube, MaskKind::kBlock, MaskKind::kFrame}) {
      const MaskConfig config = config_of(kind, ratio);
      for (uint64_t seed = 0; seed < 50; ++seed) {
        const Mask mask = draw_mask(config, grid, RandomStream(seed, "mask"));
        ASSERT_EQ(mask.rows, kind == MaskKind::kFrame ? grid.frames : 1);
        ASSERT_EQ(std::ssize(mask.masked), mask.rows * grid.patches());
        for (int64_t row = 0; row < mask.rows; ++row) ASSERT_EQ(masked_in(mask, grid, row), masked_count(30, config));
      }
    }
    const Mask future = draw_mask(config_of(MaskKind::kFuture, ratio), grid, RandomStream(1, "mask"));
    const int64_t hidden = masked_count(10, config_of(MaskKind::kFuture, ratio));
    for (int64_t row = 0; row < 10; ++row) EXPECT_EQ(masked_in(future, grid, row), row < 10 - hidden ? 0 : 30);
  }
}

TEST(Mask, IsAPureFunctionAndDiffersBetweenClips) {
  const MaskGrid grid{8, 8, 4};
  std::set<std::vector<uint8_t>> all;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    const RandomStream random(seed, "mask");
    const MaskConfig config = config_of(MaskKind::kTube, 0.9);
    EXPECT_EQ(draw_mask(config, grid, random).masked, draw_mask(config, grid, random).masked);
    all.insert(draw_mask(config, grid, random).masked);
  }
  EXPECT_EQ(all.size(), 40U);
  // Rows of one mask differ too.
  const Mask mask = draw_mask(config_of(MaskKind::kFrame, 0.5), grid, RandomStream(3, "mask"));
  EXPECT_FALSE(std::equal(mask.masked.begin(), mask.masked.begin() + 64, mask.masked.begin() + 64));
}

// Every patch is masked about equally often.
TEST(Mask, TubesAreUniform) {
  const MaskGrid grid{4, 4, 1};
  constexpr int kDraws = 4000;
  std::vector<int> often(16, 0);
  for (uint64_t seed = 0; seed < kDraws; ++seed) {
    const Mask mask = draw_mask(config_of(MaskKind::kTube, 0.5), grid, RandomStream(seed, "mask"));
    for (size_t i = 0; i < 16; ++i) often[i] += mask.masked[i];
  }
  // Half of 4,000, plus or minus five standard deviations of 32.
  for (const int count : often) EXPECT_NEAR(count, kDraws / 2, 160);
}

// A masked patch of a block mask has more masked neighbours than one of a tube mask.
TEST(Mask, BlocksClusterMaskedPatches) {
  const MaskGrid grid{14, 14, 1};
  const auto neighbours = [&](MaskKind kind) {
    int together = 0;
    for (uint64_t seed = 0; seed < 20; ++seed) {
      const Mask mask = draw_mask(config_of(kind, 0.4), grid, RandomStream(seed, "mask"));
      for (size_t y = 0; y < 14; ++y)
        for (size_t x = 0; x + 1 < 14; ++x) together += mask.masked[y * 14 + x] & mask.masked[y * 14 + x + 1];
    }
    return together;
  };
  EXPECT_GT(neighbours(MaskKind::kBlock), neighbours(MaskKind::kTube) * 3 / 2);
}

TEST(Mask, ImpossibleMasksAreRefused) {
  const RandomStream random(1, "mask");
  expect_error(ErrorKind::kUsage, {"2 patches"},
               [&] { draw_mask(config_of(MaskKind::kTube, 0.9), {1, 1, 8}, random); });
  expect_error(ErrorKind::kUsage, {"2 frames"},
               [&] { draw_mask(config_of(MaskKind::kFuture, 0.9), {4, 4, 1}, random); });
}

}  // namespace
}  // namespace trecvit::test
