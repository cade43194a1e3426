// Data sets made from the videos of another set: pairs in both orders, reversed, retimed, camera moves over frames.
#include <algorithm>
#include <set>

#include "data/video_list_test.h"

namespace trecvit {
namespace {

using test::expect_error;
using test::seen_in;
using test::small_clips;

using WrappedDataset = test::VideoListTest;

TEST_F(WrappedDataset, PairsInTestingHaveBothOrders) {
  data_.wrap = Wrap::kPairs;
  data_.clips = 13;
  const auto set = open_dataset(data_, small_clips(4, false));
  ASSERT_EQ(set->size(), 12);
  std::map<std::pair<int, int>, int> pairs;
  for (int64_t i = 0; i < 12; i += 2) {
    const Clip a = set->load(i, {}), b = set->load(i + 1, {9, 3, 0});
    EXPECT_EQ(a.label, 0);
    EXPECT_EQ(b.label, 1);
    const size_t half = a.pixels.size() / 2;
    EXPECT_TRUE(std::equal(a.pixels.begin(), a.pixels.begin() + half, b.pixels.begin() + half));
    EXPECT_TRUE(std::equal(b.pixels.begin(), b.pixels.begin() + half, a.pixels.begin() + half));
    const auto videos = seen_in(a, 4).videos;
    EXPECT_EQ(videos[0], videos[1]);
    EXPECT_LT(videos[0] / 10, videos[2] / 10);
    ++pairs[{videos[0] / 10, videos[2] / 10}];
  }
  EXPECT_EQ(pairs.size(), 3u);
  for (const auto& [pair, count] : pairs) EXPECT_EQ(count, 2);
}

TEST_F(WrappedDataset, PairsInTrainingIncludeEveryPairAndKeepTheFilter) {
  data_.wrap = Wrap::kPairs;
  data_.clips = 4;  // fewer than the six ordered pairs
  data_.groups = {"g1"};
  const auto set = open_dataset(data_, small_clips(4, true));
  std::map<std::pair<int, int>, int> pairs;
  for (int64_t epoch = 0; epoch < 6; ++epoch) {
    for (int64_t i = 0; i < 4; ++i) {
      const Clip clip = set->load(i, {1, epoch, 0});
      EXPECT_EQ(clip.label, set->info(i).label);
      const auto videos = seen_in(clip, 4).videos;
      EXPECT_EQ(videos[0] % 10, 1);
      EXPECT_EQ(videos[3] % 10, 1);
      EXPECT_EQ(clip.label == 0, videos[0] < videos[3]);
      ++pairs[{videos[0], videos[3]}];
    }
  }
  EXPECT_EQ(pairs.size(), 6u);
  for (const auto& [pair, count] : pairs) EXPECT_EQ(count, 4);
}

TEST_F(WrappedDataset, ReversedHasTheSameFrames) {
  data_.wrap = Wrap::kReversed;
  const auto set = open_dataset(data_, small_clips(4, false));
  ASSERT_EQ(set->size(), 12);
  auto forward = seen_in(set->load(4, {}), 4), reversed = seen_in(set->load(5, {}), 4);
  EXPECT_EQ(forward.frames, (std::vector<int>{4, 5, 6, 7}));
  EXPECT_EQ(forward.videos, reversed.videos);
  std::reverse(reversed.frames.begin(), reversed.frames.end());
  EXPECT_EQ(forward.frames, reversed.frames);
  EXPECT_EQ(set->info(5).name, "2.npz reversed");
}

TEST_F(WrappedDataset, RetimedIsFaster) {
  data_.wrap = Wrap::kRetimed;
  const auto set = open_dataset(data_, small_clips(3, false));
  ASSERT_EQ(set->size(), 18);
  for (int64_t label = 0; label < 3; ++label) {
    const auto frames = seen_in(set->load(label, {}), 3).frames;
    EXPECT_EQ(frames[1] - frames[0], 1 << label);
    EXPECT_EQ(frames[2] - frames[1], 1 << label);
  }
  const auto training = open_dataset(data_, small_clips(3, true));
  for (int64_t i = 0; i < 9; ++i) {
    const auto frames = seen_in(training->load(i, {2, 1, 0}), 3).frames;
    EXPECT_EQ(frames[1] - frames[0], 1 << (i % 3)) << i;
  }
}

TEST_F(WrappedDataset, LimitOfAWrappedSetSpreadsOverTheVideos) {
  data_.wrap = Wrap::kReversed;
  data_.limit = 4;
  const auto set = open_dataset(data_, small_clips(4, false));
  ASSERT_EQ(set->size(), 4);
  EXPECT_EQ(set->info(0).name, "0.npz forward");
  EXPECT_EQ(set->info(3).name, "3.npz reversed");
}

TEST_F(WrappedDataset, MovesOverFramesOfVideos) {
  data_.wrap = Wrap::kMoves;
  data_.source += "?classes=directions&objects=0";
  ClipOptions options = small_clips(4, true);
  options.height = options.width = 32;
  const auto set = open_dataset(data_, options);
  EXPECT_EQ(set->classes().size(), 4u);
  ASSERT_EQ(set->size(), 24);
  const Clip clip = set->load(5, {1, 2, 0});
  EXPECT_EQ(clip.label, 1);
  EXPECT_EQ(clip.pixels.size(), 4u * 32 * 32 * 3);
  EXPECT_EQ(clip.pixels, set->load(5, {1, 2, 0}).pixels);
  EXPECT_NE(clip.pixels, set->load(5, {1, 3, 0}).pixels);
  // In testing, every sample moves in its own way.
  options.training = false;
  options.motion_rows = options.motion_columns = 4;
  const auto testing = open_dataset(data_, options);
  std::set<std::vector<float>> motions;
  for (int64_t i = 0; i < testing->size(); ++i) motions.insert(testing->load(i, {}).motion);
  EXPECT_EQ(std::ssize(motions), testing->size());
  data_.source += "&speed=3";
  expect_error(ErrorKind::kUsage, {"classes, objects", "'speed'"}, [&] { open_dataset(data_, options); });
}

}  // namespace
}  // namespace trecvit
