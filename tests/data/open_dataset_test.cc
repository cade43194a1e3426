#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "data/data_test.h"

namespace trecvit {
namespace {

using test::seen_in;
using test::small_clips;

// Six videos of three classes: value 10 * class + number, 12 frames each.
class OpenDataset : public testing::Test {
 protected:
  OpenDataset() {
    std::string list = "path,label,group,split\n";
    for (int i = 0; i < 6; ++i) {
      const std::string name = std::to_string(i) + ".npz";
      folder_.add_video(name, static_cast<uint8_t>(10 * (i / 2) + i % 2), 12);
      list += name + "," + std::string(1, static_cast<char>('a' + i / 2)) + ",g" + std::to_string(i % 2) +
              (i < 4 ? ",train\n" : ",val\n");
    }
    folder_.write("list.csv", list);
    data_.source = folder_.file("list.csv");
  }

  test::VideoFolder folder_;
  DataConfig data_;
};

TEST_F(OpenDataset, RowsBecomeClips) {
  const auto set = open_dataset(data_, small_clips(4, false));
  ASSERT_EQ(set->size(), 6);
  EXPECT_EQ(set->classes(), (std::vector<std::string>{"a", "b", "c"}));
  const Clip clip = set->load(3, {});
  EXPECT_EQ(clip.label, 1);
  EXPECT_EQ(clip.targets, (std::vector<float>{0, 1, 0}));
  EXPECT_EQ(seen_in(clip, 4).videos, (std::vector<int>(4, 11)));
  EXPECT_EQ(seen_in(clip, 4).frames, (std::vector<int>{4, 5, 6, 7}));
  EXPECT_EQ(set->info(3).name, "3.npz");
  EXPECT_EQ(set->info(3).group, "g1");
}

TEST_F(OpenDataset, TrainingIsAFunctionOfItsDraw) {
  ClipOptions options = small_clips(4, true);
  options.augment = {.least_area = 0.3, .flip = true, .brightness = 0.5, .erase = 0.5};
  const auto set = open_dataset(data_, options), other = open_dataset(data_, options);
  std::set<std::string> clips;
  for (int64_t epoch = 0; epoch < 8; ++epoch) {
    const Clip clip = set->load(2, {7, epoch, 0});
    EXPECT_EQ(clip.pixels, other->load(2, {7, epoch, 0}).pixels);
    clips.emplace(clip.pixels.begin(), clip.pixels.end());
  }
  EXPECT_GE(clips.size(), 7u);
}

TEST_F(OpenDataset, ViewsAndTargetsOfFrames) {
  ClipOptions options = small_clips(4, false);
  options.clip.views = 2;
  options.clip.crops = 3;
  options.frame_targets = true;
  const auto set = open_dataset(data_, options);
  EXPECT_EQ(set->views(), 6);
  EXPECT_EQ(seen_in(set->load(0, {1, 0, 2}), 4).frames, (std::vector<int>{0, 1, 2, 3}));
  const Clip last = set->load(0, {1, 0, 3});
  EXPECT_EQ(seen_in(last, 4).frames, (std::vector<int>{8, 9, 10, 11}));
  EXPECT_EQ(last.targets.size(), 12u);
  EXPECT_EQ(last.targets[9], 1);
}

TEST_F(OpenDataset, FiltersKeepTheClassesOfTheWholeList) {
  data_.split = "val";
  EXPECT_EQ(open_dataset(data_, small_clips(4, false))->classes().size(), 3u);
  EXPECT_EQ(open_dataset(data_, small_clips(4, false))->size(), 2);
  data_.split = "";
  data_.without_groups = {"g0"};
  EXPECT_EQ(open_dataset(data_, small_clips(4, false))->size(), 3);
  data_.limit = 2;
  const auto few = open_dataset(data_, small_clips(4, false));
  ASSERT_EQ(few->size(), 2);
  EXPECT_EQ(few->info(1).name, "3.npz");
  data_.groups = {"g0"};
  test::expect_error(ErrorKind::kInput, {"list.csv", "none of 6", "train 4", "g0 3"},
                     [&] { open_dataset(data_, small_clips(4, false)); });
  data_.groups = {"g7"};
  test::expect_error(ErrorKind::kInput, {"groups in the list (g0 3, g1 3)", "'g7'"},
                     [&] { open_dataset(data_, small_clips(4, false)); });
}

TEST_F(OpenDataset, SummarySaysWhatWasUnderstood) {
  std::filesystem::remove(folder_.file("4.npz"));
  const auto lines = open_dataset(data_, small_clips(4, false))->summary();
  const std::vector<std::string> want = {data_.source + ": CSV with the columns path, label, group, split",
                                         "rows: 6 of 6",
                                         "3 classes: a 2, b 2, c 2",
                                         "2 groups: g0 3, g1 3",
                                         "first: 0.npz (a), 1.npz (a), 2.npz (b)",
                                         "missing files: 1 of 6: " + folder_.file("4.npz")};
  EXPECT_EQ(lines, want);
}

TEST_F(OpenDataset, RefusesWhatItDoesNotKnow) {
  using test::expect_error;
  const auto open = [&] { open_dataset(data_, small_clips(3, false)); };
  data_.wrap = "pair";
  expect_error(ErrorKind::kUsage, {"none, pairs, reversed, retimed or moves", "'pair'"}, open);
  data_.wrap = "pairs";
  expect_error(ErrorKind::kUsage, {"even number", "3"}, open);
  data_.source = "synthetic:camera_moves";
  expect_error(ErrorKind::kUsage, {"wrap none"}, open);
  data_.source = folder_.file("none.csv");
  expect_error(ErrorKind::kInput, {"none.csv"}, open);
}

TEST_F(OpenDataset, PairsOfTestingHaveBothOrders) {
  data_.wrap = "pairs";
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

TEST_F(OpenDataset, PairsOfTrainingMeetEveryPairAndKeepTheFilter) {
  data_.wrap = "pairs";
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

TEST_F(OpenDataset, ReversedHasTheSameFrames) {
  data_.wrap = "reversed";
  const auto set = open_dataset(data_, small_clips(4, false));
  ASSERT_EQ(set->size(), 12);
  auto forward = seen_in(set->load(4, {}), 4), reversed = seen_in(set->load(5, {}), 4);
  EXPECT_EQ(forward.frames, (std::vector<int>{4, 5, 6, 7}));
  EXPECT_EQ(forward.videos, reversed.videos);
  std::reverse(reversed.frames.begin(), reversed.frames.end());
  EXPECT_EQ(forward.frames, reversed.frames);
  EXPECT_EQ(set->info(5).name, "2.npz reversed");
}

TEST_F(OpenDataset, RetimedIsFaster) {
  data_.wrap = "retimed";
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

TEST_F(OpenDataset, LimitOfAWrappedSetSpreadsOverTheVideos) {
  data_.wrap = "reversed";
  data_.limit = 4;
  const auto set = open_dataset(data_, small_clips(4, false));
  ASSERT_EQ(set->size(), 4);
  EXPECT_EQ(set->info(0).name, "0.npz forward");
  EXPECT_EQ(set->info(3).name, "3.npz reversed");
}

TEST_F(OpenDataset, MovesOverFramesOfVideos) {
  data_.wrap = "moves";
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
  data_.source += "&speed=3";
  test::expect_error(ErrorKind::kUsage, {"classes, objects", "'speed'"}, [&] { open_dataset(data_, options); });
}

}  // namespace
}  // namespace trecvit
