#include "trecvit/data/clip_sampling.h"

#include <gtest/gtest.h>

#include <set>

namespace trecvit {
namespace {

using Indices = std::vector<int64_t>;

FrameDraw testing_view(int64_t view = 0) { return {false, RandomStream(1, "unused"), view}; }
FrameDraw training_draw(uint64_t seed) { return {true, RandomStream(seed, "frames"), 0}; }

TEST(ClipSampling, StrideInTesting) {
  ClipConfig clip{.frames = 4, .stride = 3};
  EXPECT_EQ(choose_frames(20, clip, testing_view()), (Indices{5, 8, 11, 14}));
  clip.views = 3;
  EXPECT_EQ(choose_frames(20, clip, testing_view(0)), (Indices{0, 3, 6, 9}));
  EXPECT_EQ(choose_frames(20, clip, testing_view(1)), (Indices{5, 8, 11, 14}));
  EXPECT_EQ(choose_frames(20, clip, testing_view(2)), (Indices{10, 13, 16, 19}));
  EXPECT_EQ(choose_frames(8, clip, testing_view(2)), (Indices{0, 3, 6, 7}));  // too short: the last frame is repeated
  EXPECT_EQ(choose_frames(1, clip, testing_view(2)), (Indices{0, 0, 0, 0}));
}

TEST(ClipSampling, StrideInTrainingStartsEverywhere) {
  const ClipConfig clip{.frames = 4, .stride = 3};
  std::set<int64_t> starts;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const Indices frames = choose_frames(14, clip, training_draw(seed));
    starts.insert(frames[0]);
    EXPECT_EQ(frames[3], frames[0] + 9);
  }
  EXPECT_EQ(starts, (std::set<int64_t>{0, 1, 2, 3, 4}));
  EXPECT_EQ(choose_frames(14, clip, training_draw(7)), choose_frames(14, clip, training_draw(7)));
}

TEST(ClipSampling, SpanInTestingCoversTheVideo) {
  ClipConfig clip{.frames = 4, .sampling = Sampling::kSpan};
  EXPECT_EQ(choose_frames(20, clip, testing_view()), (Indices{2, 7, 12, 17}));
  clip.views = 2;
  EXPECT_EQ(choose_frames(20, clip, testing_view(0)), (Indices{1, 6, 11, 16}));
  EXPECT_EQ(choose_frames(20, clip, testing_view(1)), (Indices{3, 8, 13, 18}));
  EXPECT_EQ(choose_frames(2, clip, testing_view(0)), (Indices{0, 0, 1, 1}));
}

TEST(ClipSampling, SpanInTrainingCoversAtLeastItsFraction) {
  const ClipConfig clip{.frames = 10, .sampling = Sampling::kSpan, .least_span = 0.5};
  int64_t shortest = 1000, longest = 0;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    const Indices frames = choose_frames(1000, clip, training_draw(seed));
    EXPECT_GE(frames.front(), 0);
    EXPECT_LT(frames.back(), 1000);
    shortest = std::min(shortest, frames.back() - frames.front());
    longest = std::max(longest, frames.back() - frames.front());
  }
  // The outer frames lie half a step inside the span: 0.9 of 500 to 1000 frames, plus or minus rounding.
  EXPECT_GE(shortest, 449);
  EXPECT_LE(shortest, 470);
  EXPECT_GE(longest, 880);
  EXPECT_LE(longest, 901);
}

TEST(ClipSampling, PacedViewsReachBothEnds) {
  const ClipConfig clip{.frames = 4, .stride = 2, .views = 3};
  EXPECT_EQ(choose_paced_frames(31, clip, testing_view(0), {1, 1}), (Indices{0, 2, 4, 6}));
  EXPECT_EQ(choose_paced_frames(31, clip, testing_view(1), {1, 1}), (Indices{12, 14, 16, 18}));
  EXPECT_EQ(choose_paced_frames(31, clip, testing_view(2), {1, 1}), (Indices{24, 26, 28, 30}));
}

TEST(ClipSampling, PaceKeepsSpeedsApartWithoutRepeatedFrames) {
  const ClipConfig clip{.frames = 4, .stride = 2};
  EXPECT_EQ(choose_paced_frames(31, clip, testing_view(), {1, 4}), (Indices{12, 14, 16, 18}));
  EXPECT_EQ(choose_paced_frames(31, clip, testing_view(), {4, 4}), (Indices{3, 11, 19, 27}));
  // The video is half as long as the fastest speed needs, so all steps are halved.
  EXPECT_EQ(choose_paced_frames(13, clip, testing_view(), {4, 4}), (Indices{0, 4, 8, 12}));
  EXPECT_EQ(choose_paced_frames(13, clip, testing_view(), {2, 4}), (Indices{3, 5, 7, 9}));
  EXPECT_EQ(choose_paced_frames(13, clip, testing_view(), {1, 4}), (Indices{4, 5, 6, 7}));
  const ClipConfig span{.frames = 4, .sampling = Sampling::kSpan};
  EXPECT_EQ(choose_paced_frames(13, span, testing_view(), {4, 4}), (Indices{0, 4, 8, 12}));
  EXPECT_EQ(choose_paced_frames(1, span, testing_view(), {1, 4}), (Indices{0, 0, 0, 0}));
}

}  // namespace
}  // namespace trecvit
