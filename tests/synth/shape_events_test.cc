#include "trecvit/synth/shape_events.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "support/errors.h"
#include "synth/synth_test.h"

namespace trecvit {
namespace {

using test::Frame;

constexpr FrameSize kEventsView{48, 64};

std::vector<Frame> clip_of(ShapeEvent event, uint64_t seed, int label, int64_t frames = 12) {
  const ShapeEvents events({.seed = seed, .size = kEventsView, .event = event, .label = label, .frames = frames});
  std::vector<Frame> clip(frames, Frame(kEventsView.bytes()));
  for (int64_t t = 0; t < frames; ++t) events.render(t, clip[t]);
  return clip;
}

// Pixels of a strong red (blue): the background is nearly grey.
int count_strong(const Frame& frame, size_t channel) {
  int count = 0;
  for (size_t i = 0; i < frame.size(); i += 3) count += frame[i + channel] > frame[i + 2 - channel] + 60;
  return count;
}
int red(const Frame& frame) { return count_strong(frame, 0); }
int blue(const Frame& frame) { return count_strong(frame, 2); }

// First frame with any; -1: none.
int first_with(const std::vector<Frame>& clip, int (*count)(const Frame&)) {
  for (size_t t = 0; t < clip.size(); ++t) {
    if (count(clip[t]) > 0) return static_cast<int>(t);
  }
  return -1;
}

TEST(ShapeEvents, OrderIsAsTheLabelSays) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    for (const int label : {0, 1}) {
      const auto clip = clip_of(ShapeEvent::kOrder, seed, label);
      const int first_red = first_with(clip, red), first_blue = first_with(clip, blue);
      ASSERT_TRUE(first_red >= 0 && first_blue >= 0) << seed;
      EXPECT_EQ(first_red < first_blue, label == 0) << seed;
      for (const Frame& frame : clip) EXPECT_FALSE(red(frame) > 0 && blue(frame) > 0);
    }
  }
}

std::multiset<uint64_t> bag_of(const std::vector<Frame>& clip) {
  std::multiset<uint64_t> bag;
  for (const Frame& frame : clip) bag.insert(test::hash_of(frame));
  return bag;
}

// So that a bag of frames tells nothing.
TEST(ShapeEvents, BothOrdersHaveTheSameFrames) {
  for (const int64_t frames : {2, 3, 4, 12, 13}) {
    for (uint64_t seed = 0; seed < 10; ++seed) {
      const auto first = clip_of(ShapeEvent::kOrder, seed, 0, frames),
                 second = clip_of(ShapeEvent::kOrder, seed, 1, frames);
      EXPECT_NE(first, second);
      EXPECT_EQ(bag_of(first), bag_of(second));
    }
  }
}

TEST(ShapeEvents, OcclusionDiffersOnlyWhereTheyCross) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const auto red_behind = clip_of(ShapeEvent::kOcclusion, seed, 0),
               blue_behind = clip_of(ShapeEvent::kOcclusion, seed, 1);
    int differing = 0;
    for (size_t t = 0; t < red_behind.size(); ++t) {
      if (red_behind[t] == blue_behind[t]) continue;
      ++differing;
      EXPECT_LE(red(red_behind[t]), red(blue_behind[t])) << seed << " " << t;
      EXPECT_GE(blue(red_behind[t]), blue(blue_behind[t])) << seed << " " << t;
    }
    EXPECT_GE(differing, 1) << seed;
    EXPECT_LT(differing, 12) << seed;
  }
}

TEST(ShapeEvents, FrameDependsOnOptionsAndTimeAlone) {
  const ShapeEvents events({.seed = 3, .size = kEventsView, .frames = 12});
  Frame frame(kEventsView.bytes());
  const auto clip = clip_of(ShapeEvent::kOrder, 3, 0);
  for (const int64_t t : {7, 0, 12'000'007, 11}) {
    events.render(t, frame);
    EXPECT_EQ(frame, clip[t % 12]);
  }
  EXPECT_NE(clip, clip_of(ShapeEvent::kOrder, 4, 0));
}

TEST(ShapeEvents, NamesFollowTheEvent) {
  EXPECT_EQ(shape_event_classes(ShapeEvent::kOrder)[0], "red_first");
  EXPECT_EQ(shape_event_classes(ShapeEvent::kOcclusion)[1], "blue_behind");
}

TEST(ShapeEvents, RefusesImpossibleOptions) {
  test::expect_error(ErrorKind::kUsage, {"[shape_events]", "got 0x64"}, [] { ShapeEvents({.size = {0, 64}}); });
  test::expect_error(ErrorKind::kUsage, {"2 to 1048576 frames", "got 1"}, [] { ShapeEvents({.frames = 1}); });
}

}  // namespace
}  // namespace trecvit
