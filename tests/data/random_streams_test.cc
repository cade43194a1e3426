// Random choices in data sets are independent of each other: each has its own values, which differ between samples,
// epochs and seeds. They stay the same in later versions of the program, because resumed runs need them.
#include <algorithm>
#include <cmath>
#include <set>
#include <string>

#include "data/data_test.h"
#include "data/fake_dataset.h"
#include "data/sample_order_test.h"
#include "trecvit/data/augment.h"
#include "trecvit/data/clip_sampling.h"
#include "trecvit/data/clip_set.h"
#include "trecvit/data/frame_order.h"
#include "trecvit/data/mask.h"

namespace trecvit {
namespace {

using test::indices_of;
using test::training_clips;

using Values = std::vector<double>;

double correlation(const Values& a, const Values& b) {
  double mean_a = 0, mean_b = 0, ab = 0, aa = 0, bb = 0;
  const auto count = static_cast<double>(a.size());
  for (size_t i = 0; i < a.size(); ++i) {
    mean_a += a[i] / count;
    mean_b += b[i] / count;
  }
  for (size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - mean_a) * (b[i] - mean_b);
    aa += (a[i] - mean_a) * (a[i] - mean_a);
    bb += (b[i] - mean_b) * (b[i] - mean_b);
  }
  return ab / std::sqrt(aa * bb);
}

// The correlation of independent draws has a standard deviation of 1 / sqrt(kDraws) = 0.035.
constexpr uint64_t kDraws = 800;
constexpr double kMostCorrelation = 0.18;

void expect_apart(const std::vector<std::pair<std::string, Values>>& all) {
  for (size_t a = 0; a < all.size(); ++a) {
    for (size_t b = a + 1; b < all.size(); ++b) {
      EXPECT_LT(std::abs(correlation(all[a].second, all[b].second)), kMostCorrelation)
          << all[a].first << " and " << all[b].first;
    }
  }
}

// Values from 0 to 1, about equally many in each tenth.
void expect_uniform(const Values& values, const std::string& what) {
  std::array<int, 10> tenths{};
  for (const double value : values) {
    ASSERT_GE(value, 0) << what;
    ASSERT_LE(value, 1) << what;
    ++tenths[std::min(static_cast<size_t>(10 * value), size_t{9})];
  }
  // 80 per tenth, plus or minus six standard deviations of 8.5.
  for (const int count : tenths) EXPECT_NEAR(count, kDraws / 10, 51) << what;
}

RandomStream look_stream(uint64_t seed) { return {seed, "look"}; }

TEST(RandomStreams, AreaCropsLieAnywhere) {
  ClipOptions options = training_clips();
  options.augment = {.least_area = 0.2,
                     .most_area = 0.6,
                     .most_stretch = 1.5,
                     .flip = true,
                     .brightness = 0.5,
                     .contrast = 0.5,
                     .saturation = 0.5,
                     .erase = 1};
  std::vector<std::pair<std::string, Values>> all;
  for (const char* name : {"top", "left", "area", "stretch", "flip", "brightness", "contrast", "saturation", "box top",
                           "box left", "box area", "box stretch"})
    all.emplace_back(name, Values());
  for (uint64_t seed = 0; seed < kDraws; ++seed) {
    const Look look = draw_look({120, 160}, options, {look_stream(seed), 0});
    const auto& [rows, columns] = std::pair(look.rows, look.columns);
    const PixelBox& box = look.erased;
    ASSERT_GT(box.height, 0);
    size_t i = 0;
    for (const double value :
         {rows.begin / (120 - rows.extent), columns.begin / (160 - columns.extent), rows.extent * columns.extent,
          std::log(columns.extent / rows.extent), look.flip ? 1.0 : 0.0, static_cast<double>(look.color.brightness),
          static_cast<double>(look.color.contrast), static_cast<double>(look.color.saturation),
          (box.top + 0.5) / (33 - box.height), (box.left + 0.5) / (49 - box.width),
          static_cast<double>(box.height * box.width), std::log(static_cast<double>(box.height) / box.width)})
      all[i++].second.push_back(value);
  }
  expect_uniform(all[0].second, "top");
  expect_uniform(all[1].second, "left");
  expect_apart(all);
}

TEST(RandomStreams, ScaledCropsLieAnywhere) {
  ClipOptions options = training_clips();
  options.augment = {.least_scale = 1.5, .most_scale = 4, .flip = true};
  std::vector<std::pair<std::string, Values>> all = {{"top", {}}, {"left", {}}, {"scale", {}}, {"flip", {}}};
  for (uint64_t seed = 0; seed < kDraws; ++seed) {
    const Look look = draw_look({64, 96}, options, {look_stream(seed), 0});
    const auto place = [](const AxisGeometry& axis) { return (axis.skip + 0.5) / (axis.full - axis.out + 1); };
    all[0].second.push_back(place(look.rows));
    all[1].second.push_back(place(look.columns));
    all[2].second.push_back(look.rows.full);
    all[3].second.push_back(look.flip ? 1.0 : 0.0);
  }
  expect_uniform(all[0].second, "top");
  expect_uniform(all[1].second, "left");
  expect_apart(all);
}

TEST(RandomStreams, SpansOfAVideo) {
  const ClipConfig clip{.frames = 100, .sampling = Sampling::kSpan, .least_span = 0.3};
  std::vector<std::pair<std::string, Values>> all = {{"begin", {}}, {"length", {}}};
  for (uint64_t seed = 0; seed < kDraws; ++seed) {
    const auto frames = choose_frames(1'000'000, clip, {true, RandomStream(seed, "frames"), 0});
    const double length = static_cast<double>(frames.back() - frames.front()) / 0.99;
    all[0].second.push_back(
        std::clamp((static_cast<double>(frames.front()) - length / 200) / (1e6 - length), 0.0, 1.0));
    all[1].second.push_back((length / 1e6 - 0.3) / 0.7);
  }
  expect_uniform(all[0].second, "begin");
  expect_apart(all);
}

// Whether a clip is erased is independent of its other operations, and these are independent of each other.
TEST(RandomStreams, ErasingAndOperations) {
  ClipOptions options = training_clips();
  options.augment = {.flip = true, .brightness = 0.5, .erase = 0.5, .operations = 2};
  std::vector<std::pair<std::string, Values>> all;
  for (const char* name : {"erased", "flip", "brightness", "first", "second", "first sign", "second sign"})
    all.emplace_back(name, Values());
  for (uint64_t seed = 0; seed < kDraws; ++seed) {
    const Look look = draw_look({64, 96}, options, {look_stream(seed), 0});
    const auto& drawn = look.operations;
    size_t i = 0;
    for (const double value : {look.erased.height > 0 ? 1.0 : 0.0, look.flip ? 1.0 : 0.0,
                               static_cast<double>(look.color.brightness), static_cast<double>(drawn[0].operation),
                               static_cast<double>(drawn[1].operation), drawn[0].strength, drawn[1].strength})
      all[i++].second.push_back(value);
  }
  expect_apart(all);
  const auto erased = std::count(all[0].second.begin(), all[0].second.end(), 1.0);
  EXPECT_NEAR(static_cast<double>(erased), 400, 80);
}

// The noise has no repeated rows or columns, and differs between clips.
TEST(RandomStreams, NoiseOfErasing) {
  ClipOptions options = training_clips();
  options.augment.erase = 1;
  std::set<std::vector<uint8_t>> rows;
  size_t count = 0;
  for (uint64_t seed = 0; seed < 8; ++seed) {
    const Look look = draw_look({32, 48}, options, {look_stream(seed), 0});
    std::vector<uint8_t> clip(32 * 48 * 3);
    finish_look(look, {32, 48}, look_stream(seed), clip);
    for (int y = look.erased.top; y < look.erased.top + look.erased.height; ++y, ++count) {
      const auto begin = clip.begin() + (y * 48 + look.erased.left) * 3;
      rows.insert(std::vector<uint8_t>(begin, begin + 9));
    }
  }
  EXPECT_EQ(rows.size(), count);
}

TEST(RandomStreams, SamplesEpochsSeedsAndPurposes) {
  std::set<uint64_t> starts;
  size_t count = 0;
  for (const char* purpose : {"frames", "look", "pair", "row", "move"}) {
    for (int64_t index = 0; index < 12; ++index) {
      for (int64_t epoch = 0; epoch < 12; ++epoch) {
        for (uint64_t seed = 1; seed < 4; ++seed, ++count)
          starts.insert(sample_stream(purpose, index, {seed, epoch, 0}).start());
      }
    }
  }
  EXPECT_EQ(starts.size(), count);
}

// Two classes of eight samples, alternating.
TEST(RandomStreams, ClassesOfABalancedOrder) {
  const test::FakeDataset set(16, 2);
  SampleOrder order(set, Order::kBalanced, 4);
  int alike = 0;
  std::set<std::vector<int64_t>> orders;
  for (int64_t epoch = 0; epoch < 6; ++epoch) {
    std::array<std::vector<int64_t>, 2> places;
    for (const int64_t index : indices_of(order, 16 * epoch, 16))
      places[static_cast<size_t>(index % 2)].push_back(index / 2);
    alike += places[0] == places[1];
    orders.insert(places[0]);
    orders.insert(places[1]);
  }
  EXPECT_EQ(alike, 0);
  EXPECT_EQ(orders.size(), 12u);
}

// With as many classes as samples per class: the order of classes in a round is not that of samples in an epoch.
TEST(RandomStreams, RoundsOfABalancedOrder) {
  const test::FakeDataset set(64, 8);
  SampleOrder order(set, Order::kBalanced, 4), shuffled(test::FakeDataset(8), Order::kShuffled, 4);
  std::set<std::vector<int64_t>> orders;
  size_t count = 0;
  for (int64_t epoch = 0; epoch < 3; ++epoch) {
    std::array<std::vector<int64_t>, 8> samples;
    for (int64_t round = 0; round < 8; ++round, ++count) {
      std::vector<int64_t> classes;
      for (const int64_t index : indices_of(order, 8 * (8 * epoch + round), 8)) {
        classes.push_back(index % 8);
        samples[static_cast<size_t>(index % 8)].push_back(index / 8);
      }
      orders.insert(classes);
    }
    count += samples.size();
    orders.insert(samples.begin(), samples.end());
  }
  EXPECT_EQ(orders.size(), count);
}

// A run that is resumed by a later version of this program gets the same clips.
TEST(RandomStreams, StayTheSameInLaterVersions) {
  SampleOrder shuffled(test::FakeDataset(12), Order::kShuffled, 7),
      balanced(test::FakeDataset(12), Order::kBalanced, 7);
  EXPECT_EQ(indices_of(shuffled, 0, 14), (std::vector<int64_t>{11, 5, 8, 1, 3, 2, 4, 9, 10, 7, 6, 0, 11, 4}));
  EXPECT_EQ(indices_of(balanced, 0, 14), (std::vector<int64_t>{11, 6, 1, 7, 2, 3, 5, 9, 4, 8, 0, 10, 1, 5}));
  const RandomStream stream = sample_stream("look", 3, {7, 2, 0});
  EXPECT_EQ(stream.start(), 12070063478803503190u);
  ClipOptions options = training_clips();
  options.augment = {.least_area = 0.2, .flip = true, .brightness = 0.5, .erase = 1};
  const Look look = draw_look({120, 160}, options, {stream, 0});
  EXPECT_EQ(std::lround(1000 * look.rows.begin), 33533);
  EXPECT_EQ(std::lround(1000 * look.columns.begin), 18631);
  EXPECT_FALSE(look.flip);
  EXPECT_EQ(look.color.brightness, 41871);
  EXPECT_EQ(look.erased.top, 14);
  EXPECT_EQ(look.erased.left, 15);
  Clip clip;
  clip.pixels = {0, 1, 2, 3, 4, 5, 6, 7};
  reorder_frames(clip, {FrameOrder::kShuffled, 8, false, true}, {3, {7, 2, 0}});
  EXPECT_EQ(clip.pixels, (std::vector<uint8_t>{0, 6, 1, 3, 5, 7, 4, 2}));
  const Mask mask = draw_mask({MaskKind::kTube, 0.5, Rounding::kDown}, {2, 5, 1}, stream);
  EXPECT_EQ(mask.masked, (std::vector<uint8_t>{1, 0, 0, 0, 1, 0, 1, 1, 0, 1}));
}

// The bytes of whole clips, including everything that is drawn for them.
TEST(RandomStreams, ClipsStayTheSameInLaterVersions) {
  test::VideoFolder folder;
  const RandomStream noise(1, "video");
  for (const char* name : {"0.npz", "1.npz"}) {
    std::vector<uint8_t> pixels(size_t{24} * 20 * 30 * 3);
    for (size_t i = 0; i < pixels.size(); ++i) pixels[i] = noise.byte(i + static_cast<size_t>(name[0]));
    NpzWriter writer(folder.file(name), Overwrite::kNo);
    writer.add("video", HostTensor::from<uint8_t>({24, 20, 30, 3}, pixels).view());
    writer.finish();
  }
  folder.write("l.csv", "path,label\n0.npz,a\n1.npz,b\n");
  ClipOptions options = test::small_clips(4, true);
  options.height = options.width = 32;
  options.augment = {.least_area = 0.3,
                     .most_stretch = 1.3,
                     .flip = true,
                     .brightness = 0.4,
                     .contrast = 0.4,
                     .saturation = 0.4,
                     .erase = 1,
                     .operations = 1};
  std::vector<uint64_t> hashes;
  for (const auto& [word, wrap] : enum_words(Wrap{})) {
    DataConfig data;
    data.source = folder.file("l.csv");
    data.wrap = wrap;
    const Clip clip = open_dataset(data, options)->load(1, {7, 3, 0});
    hashes.push_back(fnv1a({reinterpret_cast<const char*>(clip.pixels.data()), clip.pixels.size()}));
  }
  EXPECT_EQ(hashes, (std::vector<uint64_t>{11328006651469213901u, 3636346115632355685u, 15640649129886821325u,
                                           4611091921820261897u, 13065137508595254717u}));
}

// The rows of a frame mask, and masks of other streams, are independent.
TEST(RandomStreams, MasksOfFrames) {
  std::vector<std::pair<std::string, Values>> all;
  for (int row = 0; row < 3; ++row) all.emplace_back("first patch of row " + std::to_string(row), Values());
  all.emplace_back("last patch of row 0", Values());
  for (uint64_t seed = 0; seed < kDraws; ++seed) {
    const Mask mask = draw_mask({MaskKind::kFrame, 0.5, Rounding::kDown}, {4, 4, 3}, RandomStream(seed, "mask"));
    for (size_t row = 0; row < 3; ++row) all[row].second.push_back(mask.masked[16 * row]);
    all[3].second.push_back(mask.masked[15]);
  }
  expect_apart(all);
}

}  // namespace
}  // namespace trecvit
