#include "trecvit/data/procedural_dataset.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <thread>

#include "support/errors.h"
#include "trecvit/base/random.h"

namespace trecvit {
namespace {

using test::expect_error;

ClipOptions small(bool training) {
  ClipOptions options;
  options.clip.frames = 6;
  options.height = options.width = 24;
  options.training = training;
  return options;
}

std::unique_ptr<ClipDataset> open(std::string_view text, bool training, int64_t clips = 0) {
  DataConfig data;
  data.clips = clips;
  return make_procedural_dataset(text, data, small(training));
}

uint64_t hash(const Clip& clip) {
  return fnv1a({reinterpret_cast<const char*>(clip.pixels.data()), clip.pixels.size()});
}

constexpr std::string_view kMoves = "synthetic:camera_moves?pool=4&seed=7";

TEST(ProceduralDataset, ClassesAndSizes) {
  EXPECT_EQ(open(kMoves, true)->size(), 1000);
  EXPECT_EQ(open(kMoves, true, 30)->size(), 30);
  EXPECT_EQ(open(kMoves, true)->classes().size(), 10u);
  EXPECT_EQ(open("camera_moves?classes=directions&pool=1", true)->classes(),
            (std::vector<std::string>{"pan_left", "pan_right", "tilt_up", "tilt_down"}));
  EXPECT_EQ(open("shape_events", true)->classes(), (std::vector<std::string>{"red_first", "blue_first"}));
  EXPECT_EQ(open("shape_events?event=occlusion", true)->classes()[0], "red_behind");
  EXPECT_EQ(open("shape_row", true)->classes(), (std::vector<std::string>{"disc", "square", "triangle", "bar"}));
  EXPECT_FALSE(open(kMoves, true)->summary().empty());
  DataConfig limited;
  limited.limit = 5;
  EXPECT_EQ(make_procedural_dataset(kMoves, limited, small(true))->size(), 5);
}

TEST(ProceduralDataset, LabelsAreBalancedAndKnownBeforeLoading) {
  const auto set = open(kMoves, true, 50);
  std::map<int64_t, int> counts;
  for (int64_t i = 0; i < set->size(); ++i) ++counts[set->info(i).label];
  for (int64_t label = 0; label < 10; ++label) EXPECT_EQ(counts[label], 5);
  EXPECT_EQ(set->info(13).name, "13");
  const Clip clip = set->load(13, {});
  EXPECT_EQ(clip.label, 3);
  EXPECT_EQ(clip.pixels.size(), 6u * 24 * 24 * 3);
  std::vector<float> targets(10);
  targets[3] = 1;
  EXPECT_EQ(clip.targets, targets);
  EXPECT_TRUE(clip.motion.empty());
}

// Labels that change within a clip: if the question is the previous figure, every frame has its own label.
TEST(ProceduralDataset, RowsOfShapesHaveLabelsOfFrames) {
  ClipOptions options = small(true);
  options.frame_targets = true;
  options.clip.frames = 12;
  const auto first = make_procedural_dataset("shape_row", {}, options),
             previous = make_procedural_dataset("shape_row?ask=previous", {}, options);
  const auto label_at = [](const Clip& clip, int64_t t) {
    const auto row = clip.targets.begin() + 4 * t;
    EXPECT_EQ(std::accumulate(row, row + 4, 0.0F), 1);
    return std::max_element(row, row + 4) - row;
  };
  bool changes = false;
  for (int64_t i = 0; i < 8; ++i) {
    const Clip asked_first = first->load(i, {}), asked_previous = previous->load(i, {});
    EXPECT_EQ(asked_first.pixels, asked_previous.pixels);
    EXPECT_EQ(label_at(asked_previous, 0), i % 4);
    EXPECT_EQ(label_at(asked_previous, 1), i % 4);
    for (int64_t t = 0; t < 12; ++t) {
      EXPECT_EQ(label_at(asked_first, t), i % 4);
      changes = changes || label_at(asked_previous, t) != i % 4;
    }
  }
  EXPECT_TRUE(changes);
}

TEST(ProceduralDataset, TrainingClipsAreNewInEveryEpochAndTestingClipsAreNot) {
  for (const std::string_view text : {kMoves, std::string_view("shape_events"), std::string_view("shape_row")}) {
    std::set<uint64_t> training, testing;
    const auto train = open(text, true), test = open(text, false);
    for (const uint64_t seed : {1, 2}) {
      for (const int64_t epoch : {0, 1}) {
        training.insert(hash(train->load(5, {.seed = seed, .epoch = epoch})));
        testing.insert(hash(test->load(5, {.seed = seed, .epoch = epoch})));
      }
    }
    EXPECT_EQ(training.size(), 4u);
    EXPECT_EQ(testing.size(), 1u);
    EXPECT_FALSE(training.contains(*testing.begin()));
    EXPECT_NE(train->load(5, {}).pixels, train->load(15, {}).pixels);
  }
  EXPECT_NE(open("camera_moves?seed=1&pool=1", false)->load(0, {}).pixels,
            open("camera_moves?seed=2&pool=1", false)->load(0, {}).pixels);
}

// Averages over many clips, so that brightness and position average out and the colours of the pictures remain.
std::array<double, 3> mean_color(const ClipDataset& set, const Draw& draw) {
  std::array<double, 3> sum{};
  for (int64_t i = 0; i < set.size(); ++i) {
    const Clip clip = set.load(i, draw);
    for (size_t k = 0; k < clip.pixels.size(); ++k)
      sum[k % 3] += clip.pixels[k] * 3.0 / static_cast<double>(clip.pixels.size());
  }
  for (double& channel : sum) channel /= static_cast<double>(set.size());
  return sum;
}

double distance(const std::array<double, 3>& a, const std::array<double, 3>& b) {
  return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

TEST(ProceduralDataset, TestingShowsOtherPictures) {
  constexpr double kSame = 12;  // grey levels: the difference that remains after averaging over this number of clips
  constexpr int64_t kClips = 100;
  const auto train = open("camera_moves?pool=1&objects=0&seed=5", true, kClips);
  const auto test = open("camera_moves?pool=1&objects=0&seed=5", false, kClips);
  const auto color = mean_color(*train, {.seed = 1});
  EXPECT_LT(distance(color, mean_color(*train, {.seed = 2})), kSame);
  EXPECT_GT(distance(color, mean_color(*test, {})), 2 * kSame);
}

TEST(ProceduralDataset, OrderAndThreadsDoNotMatter) {
  constexpr int64_t kClips = 24;
  const auto set = open(kMoves, true, kClips), other = open(kMoves, true, kClips);
  std::vector<std::vector<uint8_t>> forward(kClips), threaded(kClips);
  for (int64_t i = 0; i < kClips; ++i) forward[i] = set->load(i, {}).pixels;
  std::vector<std::thread> threads;
  for (int64_t first = 0; first < 3; ++first) {
    threads.emplace_back([&, first] {
      for (int64_t i = kClips - 1 - first; i >= 0; i -= 3) threaded[i] = other->load(i, {}).pixels;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(forward, threaded);
}

TEST(ProceduralDataset, TargetsOfEveryFrameAndMotion) {
  ClipOptions options = small(false);
  options.frame_targets = true;
  options.motion_rows = 3;
  options.motion_columns = 4;
  const auto set = make_procedural_dataset("camera_moves?classes=directions&objects=0&pool=2", {}, options);
  for (int64_t label = 0; label < 4; ++label) {
    const Clip clip = set->load(label, {});
    ASSERT_EQ(clip.targets.size(), 6u * 4);
    ASSERT_EQ(clip.motion.size(), 6u * 3 * 4 * 2);
    const std::array<double, 4> x = {1, -1, 0, 0}, y = {0, 0, 1, -1};
    for (size_t t = 0; t < 6; ++t) {
      EXPECT_EQ(clip.targets[t * 4 + label], 1);
      const float* motion = clip.motion.data() + t * 3 * 4 * 2;
      if (t == 0) {
        EXPECT_EQ(std::vector<float>(motion, motion + 24), std::vector<float>(24));
        continue;
      }
      const double speed = std::abs(motion[0]) + std::abs(motion[1]);
      EXPECT_GT(speed, 0.2);                            // 0.6 pixels at a width of 64 are 0.22 at 24
      EXPECT_NEAR(motion[22], x[label] * speed, 1e-4);  // the last patch moves like the first one
      EXPECT_NEAR(motion[23], y[label] * speed, 1e-4);
    }
  }
}

TEST(ProceduralDataset, ErrorsListTheKnownNames) {
  const auto refuse = [](std::string_view text, const std::vector<std::string>& words) {
    expect_error(ErrorKind::kUsage, words, [&] { open(text, true); });
  };
  refuse("synthetic:cats", {"[procedural set]", "camera_moves, shape_events, shape_row", "'cats'"});
  refuse("camera_moves?class=ten", {"classes, objects, pool, seed", "'class'"});
  refuse("camera_moves?classes=nine", {"ten, directions", "'nine'"});
  refuse("camera_moves?objects=4", {"objects from 0 to 3", "'4'"});
  refuse("camera_moves?pool=0", {"pool from 1 to 4096"});
  refuse("camera_moves?seed=-1", {"seed"});
  refuse("camera_moves?", {"PARAMETER=VALUE"});
  refuse("shape_events?pool=3", {"event, seed", "'pool'"});
  refuse("shape_row?event=order", {"ask, seed", "'event'"});
  refuse("shape_row?ask=last", {"first, previous", "'last'"});
  refuse("shape_row?ask=previous", {"objective.target"});
  refuse("shape_events?event=order&event=order", {"each parameter once"});
}

TEST(ProceduralDataset, RefusesImpossibleClips) {
  const auto refuse = [](std::string_view text, const ClipOptions& options, const std::vector<std::string>& words) {
    expect_error(ErrorKind::kUsage, words, [&] { make_procedural_dataset(text, {}, options); });
  };
  ClipOptions options = small(true);
  options.height = 5000;
  refuse("shape_events", options, {"4096x4096", "got 5000x24"});
  options = small(true);
  options.clip.frames = 1;
  refuse("camera_moves", options, {"2 to 4096 frames", "got 1"});
  options.clip.frames = 4096;
  options.height = options.width = 512;
  refuse("camera_moves", options, {"4096 frames of 512x512"});
  options.clip.frames = 65;
  options.height = options.width = 24;
  refuse("camera_moves", options, {"at most 64 frames", "classes=directions"});
  EXPECT_NO_THROW(make_procedural_dataset("camera_moves?classes=directions", {}, options));
  options.height = options.width = 512;
  options.clip.frames = 2;
  refuse("camera_moves?pool=4096", options, {"4096 pictures of 1536x1536", "pool=N"});
}

}  // namespace
}  // namespace trecvit
