#include "trecvit/data/loader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <numeric>

#include "data/loader_test.h"
#include "support/errors.h"

namespace trecvit {
namespace {

using test::expect_error;
using test::expect_same;
using test::FakeDataset;
using test::indices;
using test::kWorkers;
using test::options_of;
using test::take;

// Samples are slow in such a way that later ones are often ready before earlier ones.
void slow_by_index(int64_t index) { std::this_thread::sleep_for(std::chrono::microseconds(index * 7919 % 5 * 300)); }

TEST(Loader, BatchesHoldTheClipsOfTheirSamples) {
  FakeDataset dataset(5);
  dataset.frame_targets = true;
  for (const Batch& batch : take(dataset, options_of(Order::kShuffled, 3, 1), 4)) {
    ASSERT_EQ(batch.clips, 3);
    std::vector<uint8_t> pixels;
    std::vector<float> targets, motion;
    for (size_t i = 0; i < 3; ++i) {
      EXPECT_EQ(batch.label[i], batch.index[i] % 3);
      const int64_t epoch = batch.pixels[12 * i + 2] / 16;
      const Clip clip = dataset.load(batch.index[i], {1, epoch, 0});
      pixels.insert(pixels.end(), clip.pixels.begin(), clip.pixels.end());
      targets.insert(targets.end(), clip.targets.begin(), clip.targets.end());
      motion.insert(motion.end(), clip.motion.begin(), clip.motion.end());
    }
    EXPECT_EQ(batch.pixels, pixels);
    EXPECT_EQ(batch.targets, targets);
    EXPECT_EQ(batch.motion, motion);
  }
}

TEST(Loader, SameBatchesForAnyNumberOfWorkers) {
  FakeDataset dataset(23);
  dataset.before_load = slow_by_index;
  dataset.bad = {3, 11, 12};
  dataset.views_in_testing = 2;
  for (const Order order : {Order::kShuffled, Order::kBalanced, Order::kInTurn}) {
    for (const BadFiles bad_files : {BadFiles::kSkip, BadFiles::kReplace}) {
      std::vector<std::vector<Batch>> all;
      std::vector<std::vector<std::pair<std::string, std::string>>> bad;
      for (const int64_t workers : kWorkers) {
        LoaderOptions options = options_of(order, 4, workers, bad_files);
        options.frames = {FrameOrder::kShuffled, FakeDataset::kFrames, false, true};
        Loader loader(dataset, options);
        all.push_back(take(loader, 14));
        bad.push_back(loader.bad());
      }
      for (size_t i = 1; i < all.size(); ++i) {
        SCOPED_TRACE(kWorkers[i]);
        expect_same(all[i], all[0]);
        EXPECT_EQ(bad[i], bad[0]);
      }
    }
  }
}

TEST(Loader, BatchesCrossEpochsWithoutLoss) {
  const FakeDataset dataset(7);
  const auto batches = take(dataset, options_of(Order::kShuffled, 3, 2), 14);
  for (const auto& batch : batches) EXPECT_EQ(batch.clips, 3);
  const auto all = indices(batches);
  ASSERT_EQ(all.size(), 42u);
  for (size_t epoch = 0; epoch < 6; ++epoch) {
    std::vector<int64_t> items(all.begin() + 7 * epoch, all.begin() + 7 * (epoch + 1)), expected(7);
    std::sort(items.begin(), items.end());
    std::iota(expected.begin(), expected.end(), 0);
    EXPECT_EQ(items, expected) << epoch;
  }
  Loader loader(dataset, options_of(Order::kShuffled, 3, 0));
  EXPECT_EQ(loader.batches(), 3);
}

TEST(Loader, AnyFirstBatchContinuesAsFromTheBeginning) {
  FakeDataset dataset(10);
  dataset.bad = {4};
  for (const Order order : {Order::kShuffled, Order::kBalanced}) {
    for (const BadFiles bad_files : {BadFiles::kSkip, BadFiles::kReplace}) {
      const auto all = take(dataset, options_of(order, 4, 0, bad_files), 16);
      for (const int64_t first : {0, 1, 2, 5, 13}) {
        LoaderOptions options = options_of(order, 4, first % 3, bad_files);
        options.first_batch = first;
        expect_same(take(dataset, options, 3), {all.begin() + first, all.begin() + first + 3});
      }
    }
  }
}

// Loaders that share the order together give the batches of a single loader.
TEST(Loader, PartsTakeTheBatchesInTurn) {
  FakeDataset dataset(23);
  dataset.bad = {3, 11};
  for (const Order order : {Order::kShuffled, Order::kBalanced}) {
    for (const int64_t workers : kWorkers) {
      LoaderOptions options = options_of(order, 4, workers, BadFiles::kReplace);
      Loader whole(dataset, options);
      const auto all = take(whole, 12);
      for (const int64_t parts : {2, 3}) {
        for (int64_t part = 0; part < parts; ++part) {
          options.part = part;
          options.parts = parts;
          options.first_batch = 1;
          Loader loader(dataset, options);
          for (int64_t i = 1; i < 4; ++i)
            expect_same({*loader.next()}, {all.at(static_cast<size_t>(i * parts + part))});
          options.first_batch = 0;
          options.part = 0;
          options.parts = 1;
        }
      }
    }
  }
}

TEST(Loader, InTurnEndsWithASmallerBatch) {
  FakeDataset dataset(5);
  dataset.views_in_testing = 2;
  for (const int64_t workers : kWorkers) {
    Loader loader(dataset, options_of(Order::kInTurn, 4, workers));
    EXPECT_EQ(loader.batches(), 3);
    const auto batches = take(loader, 9);
    ASSERT_EQ(batches.size(), 3u);
    EXPECT_EQ(batches[2].clips, 2);
    EXPECT_EQ(indices(batches), (std::vector<int64_t>{0, 0, 1, 1, 2, 2, 3, 3, 4, 4}));
    EXPECT_EQ(batches[2].pixels[2], 0);   // view
    EXPECT_EQ(batches[2].pixels[14], 1);  // view of the second clip
    EXPECT_FALSE(loader.next());
    LoaderOptions options = options_of(Order::kInTurn, 4, workers);
    options.first_batch = 2;
    expect_same(take(dataset, options, 9), {batches[2]});
    options.first_batch = 3;
    EXPECT_TRUE(take(dataset, options, 9).empty());
  }
}

TEST(Loader, NextThrowsOtherExceptions) {
  FakeDataset broken(6), greedy(6);
  broken.before_load = [](int64_t index) {
    if (index == 4) throw std::runtime_error("boom");
  };
  greedy.before_load = [](int64_t) { throw Error(ErrorKind::kResource, "no memory"); };
  for (const int64_t workers : kWorkers) {
    for (const BadFiles bad_files : {BadFiles::kFail, BadFiles::kSkip, BadFiles::kReplace}) {
      const LoaderOptions options = options_of(Order::kInTurn, 3, workers, bad_files);
      Loader loader(broken, options);
      EXPECT_EQ(indices(take(loader, 1)), (std::vector<int64_t>{0, 1, 2}));
      EXPECT_THROW(loader.next(), std::runtime_error);
      expect_error(ErrorKind::kResource, {"no memory"}, [&] { take(greedy, options, 1); });
    }
  }
}

TEST(Loader, MayEndInTheMiddle) {
  FakeDataset dataset(50);
  dataset.before_load = slow_by_index;
  for (const int64_t workers : kWorkers) {
    for (const int64_t batches : {0, 1, 3}) {
      for (const Order order : {Order::kShuffled, Order::kInTurn}) {
        EXPECT_EQ(take(dataset, options_of(order, 4, workers), batches).size(), static_cast<size_t>(batches));
      }
    }
  }
}

TEST(Loader, PreparesALimitedNumberOfClipsAhead) {
  const FakeDataset dataset(50);
  LoaderOptions options = options_of(Order::kShuffled, 4, 3);
  const int64_t ahead = (options.prefetch + 1) * options.batch;
  Loader loader(dataset, options);
  for (int64_t taken = 0; taken < 40; taken += options.batch) {
    while (dataset.loads < taken + ahead) std::this_thread::yield();  // hangs if fewer are prepared
    std::this_thread::sleep_for(std::chrono::milliseconds(5));        // time to prepare more
    EXPECT_EQ(dataset.loads, taken + ahead);
    loader.next();
  }
  const FakeDataset lazy(50);
  options.workers = 0;
  Loader alone(lazy, options);
  alone.next();
  EXPECT_EQ(lazy.loads, options.batch);
}

TEST(Loader, ReportsHowLongItWaited) {
  FakeDataset dataset(4);
  dataset.before_load = [](int64_t) { std::this_thread::sleep_for(std::chrono::milliseconds(2)); };
  for (const int64_t workers : {0, 1}) {
    Loader loader(dataset, options_of(Order::kInTurn, 2, workers));
    EXPECT_EQ(loader.waited_seconds(), 0);
    take(loader, 2);
    EXPECT_GE(loader.waited_seconds(),
              workers == 0 ? 4 * 0.002 : 1e-9);  // the caller waits, whichever thread prepares the clips
  }
}

TEST(Loader, FramesAreReordered) {
  const FakeDataset dataset(4);
  LoaderOptions options = options_of(Order::kInTurn, 4, 1);
  options.frames = {FrameOrder::kReversed, FakeDataset::kFrames, false, false};
  const auto batches = take(dataset, options, 1);
  for (size_t t = 0; t < 16; ++t) EXPECT_EQ(batches[0].pixels[3 * t + 1], 3 - t % 4);
  EXPECT_TRUE(batches[0].motion.empty());
  options.frames.frames = 5;  // a mistake of the caller, not of a file
  EXPECT_THROW(take(dataset, options, 1), std::logic_error);
}

}  // namespace
}  // namespace trecvit
