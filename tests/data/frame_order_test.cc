#include "trecvit/data/frame_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "data/fake_dataset.h"

namespace trecvit {
namespace {

constexpr int64_t kT = 5;

// Frame t has the pixels (t, 10 + t) and the targets (t, -t).
Clip numbered() {
  Clip clip;
  for (int64_t t = 0; t < kT; ++t) {
    clip.pixels.insert(clip.pixels.end(), {static_cast<uint8_t>(t), static_cast<uint8_t>(10 + t)});
    clip.targets.insert(clip.targets.end(), {static_cast<float>(t), static_cast<float>(-t)});
    clip.motion.push_back(static_cast<float>(t));
  }
  return clip;
}

Clip reordered(FrameOrder order, const Choice& choice = {}, bool training = false, bool frame_targets = true) {
  Clip clip = numbered();
  reorder_frames(clip, {order, kT, frame_targets, training}, choice);
  return clip;
}

// The frame at each position; checks that the pixels of a frame and its targets stayed together.
std::vector<int> frames_of(const Clip& clip) {
  std::vector<int> frames;
  EXPECT_EQ(clip.pixels.size(), 2u * kT);
  for (size_t at = 0; at < clip.pixels.size(); at += 2) {
    frames.push_back(clip.pixels[at]);
    EXPECT_EQ(clip.pixels[at + 1], clip.pixels[at] + 10);
    EXPECT_EQ(clip.targets[at], clip.pixels[at]);
    EXPECT_EQ(clip.targets[at + 1], -static_cast<float>(clip.pixels[at]));
  }
  return frames;
}

TEST(FrameOrder, AsIsChangesNothing) {
  const Clip clip = reordered(FrameOrder::kAsIs);
  EXPECT_EQ(frames_of(clip), (std::vector<int>{0, 1, 2, 3, 4}));
  EXPECT_EQ(clip.motion, numbered().motion);
}

TEST(FrameOrder, Reversed) {
  const Clip clip = reordered(FrameOrder::kReversed);
  EXPECT_EQ(frames_of(clip), (std::vector<int>{4, 3, 2, 1, 0}));
  EXPECT_TRUE(clip.motion.empty());
}

TEST(FrameOrder, ShuffledKeepsEveryFrame) {
  std::set<std::vector<int>> seen;
  std::set<int> first;
  for (int64_t index = 0; index < 200; ++index) {
    const Clip clip = reordered(FrameOrder::kShuffled, {index, {1, 0, 0}});
    auto frames = frames_of(clip);
    seen.insert(frames);
    first.insert(frames[0]);
    std::sort(frames.begin(), frames.end());
    EXPECT_EQ(frames, (std::vector<int>{0, 1, 2, 3, 4}));
    EXPECT_TRUE(clip.motion.empty());
  }
  EXPECT_GT(seen.size(), 80u);  // of 120 orders; 200 draws give 97 different ones on average
  EXPECT_EQ(first.size(), 5u);
}

TEST(FrameOrder, IsAFunctionOfSampleSeedEpochAndView) {
  const auto order = [](const Choice& choice) { return frames_of(reordered(FrameOrder::kShuffled, choice)); };
  const auto all = [&](uint64_t seed, int64_t epoch, int64_t view) {
    std::vector<std::vector<int>> out;
    for (int64_t index = 0; index < 10; ++index) out.push_back(order({index, {seed, epoch, view}}));
    return out;
  };
  EXPECT_EQ(all(1, 2, 3), all(1, 2, 3));
  EXPECT_NE(all(1, 2, 3), all(2, 2, 3));
  EXPECT_NE(all(1, 2, 3), all(1, 3, 3));
  EXPECT_NE(all(1, 2, 3), all(1, 2, 4));
}

TEST(FrameOrder, FrozenTakesTheMiddleFrameInTestingAndAnyInTraining) {
  std::set<int> seen;
  for (int64_t index = 0; index < 100; ++index) {
    const Choice choice{index, {1, 0, 0}};
    EXPECT_EQ(frames_of(reordered(FrameOrder::kFrozen, choice)), std::vector<int>(kT, 2));
    const Clip clip = reordered(FrameOrder::kFrozen, choice, /*training=*/true);
    const auto frames = frames_of(clip);
    EXPECT_EQ(frames, std::vector<int>(kT, frames[0]));
    EXPECT_TRUE(clip.motion.empty());
    seen.insert(frames[0]);
  }
  EXPECT_EQ(seen.size(), 5u);
}

TEST(FrameOrder, TargetsOfAClipStay) {
  const Clip clip = reordered(FrameOrder::kReversed, {}, false, /*frame_targets=*/false);
  EXPECT_EQ(clip.targets, numbered().targets);
  EXPECT_EQ(clip.pixels[0], 4);
}

TEST(FrameOrder, RefusesMissingFrames) {
  Clip clip = numbered();
  EXPECT_THROW(reorder_frames(clip, {FrameOrder::kReversed, 3, false, false}, {}), std::logic_error);
  EXPECT_THROW(reorder_frames(clip, {FrameOrder::kReversed, 0, false, false}, {}), std::logic_error);
}

}  // namespace
}  // namespace trecvit
