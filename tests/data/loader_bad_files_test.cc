#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "data/loader_test.h"
#include "support/errors.h"

namespace trecvit {
namespace {

using test::expect_error;
using test::FakeDataset;
using test::indices;
using test::kWorkers;
using test::options_of;
using test::take;

TEST(LoaderBadFiles, FailNamesTheFileAndTheReason) {
  FakeDataset dataset(6);
  dataset.bad = {4};
  for (const int64_t workers : kWorkers) {
    Loader loader(dataset, options_of(Order::kInTurn, 3, workers));
    EXPECT_EQ(indices(take(loader, 1)), (std::vector<int64_t>{0, 1, 2}));
    expect_error(ErrorKind::kInput, {"[sample4] no video"}, [&] { loader.next(); });
  }
}

TEST(LoaderBadFiles, SkipLeavesOutOnlyBadFiles) {
  FakeDataset dataset(9);
  const auto whole = take(dataset, options_of(Order::kShuffled, 3, 0), 12);
  dataset.bad = {1, 2, 5};
  const auto batches = take(dataset, options_of(Order::kShuffled, 3, 2, BadFiles::kSkip), 12);
  ASSERT_EQ(batches.size(), 12u);
  for (size_t i = 0; i < 12; ++i) {
    std::vector<int64_t> expected = whole[i].index;
    std::erase_if(expected, [&](int64_t index) { return dataset.bad.contains(index); });
    EXPECT_EQ(batches[i].index, expected) << i;
    EXPECT_EQ(batches[i].clips, static_cast<int64_t>(expected.size()));
    EXPECT_EQ(batches[i].pixels.size(), 12 * expected.size());
  }
}

TEST(LoaderBadFiles, ABatchOfOnlyBadFilesIsEmptyAndNotTheEnd) {
  FakeDataset dataset(6);
  dataset.bad = {2, 3};
  for (const int64_t workers : {0, 2}) {
    const auto batches = take(dataset, options_of(Order::kInTurn, 2, workers, BadFiles::kSkip), 9);
    ASSERT_EQ(batches.size(), 3u);
    EXPECT_EQ(batches[1].clips, 0);
    EXPECT_TRUE(batches[1].pixels.empty() && batches[1].index.empty());
    EXPECT_EQ(batches[2].index, (std::vector<int64_t>{4, 5}));
  }
}

TEST(LoaderBadFiles, ReplaceKeepsTheBatchFull) {
  FakeDataset dataset(12);
  const auto whole = take(dataset, options_of(Order::kShuffled, 4, 0), 30);
  dataset.bad = {0, 1, 2, 3, 4, 5};
  const auto batches = take(dataset, options_of(Order::kShuffled, 4, 2, BadFiles::kReplace), 30);
  std::set<int64_t> replacements;
  for (size_t i = 0; i < 30; ++i) {
    ASSERT_EQ(batches[i].clips, 4);
    for (size_t place = 0; place < 4; ++place) {
      const int64_t wanted = whole[i].index[place], got = batches[i].index[place];
      EXPECT_FALSE(dataset.bad.contains(got));
      EXPECT_EQ(batches[i].pixels[12 * place], got);
      EXPECT_EQ(batches[i].label[place], got % 3);
      if (dataset.bad.contains(wanted)) {
        replacements.insert(got);
      } else {
        EXPECT_EQ(got, wanted);
      }
    }
  }
  EXPECT_EQ(replacements.size(), 6u);
}

TEST(LoaderBadFiles, ReplaceGivesUpIfNothingCanBeRead) {
  FakeDataset dataset(3);
  dataset.bad = {0, 1, 2};
  Loader loader(dataset, options_of(Order::kShuffled, 2, 1, BadFiles::kReplace));
  const auto batch = loader.next();
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->clips, 0);
  EXPECT_EQ(loader.bad().size(), 3u);
}

TEST(LoaderBadFiles, TooManyBadFilesStopWithAList) {
  FakeDataset dataset(40);
  for (int64_t i = 0; i < 12; ++i) dataset.bad.insert(3 * i);
  for (const int64_t workers : {0, 2}) {
    LoaderOptions options = options_of(Order::kInTurn, 40, workers, BadFiles::kSkip);
    options.bad_limit = 0.3;  // allows 12
    EXPECT_EQ(take(dataset, options, 1)[0].clips, 28);
    options.bad_limit = 0.29;  // allows 11
    expect_error(ErrorKind::kInput, {"at most 29 % of 40 samples", "got 12", "\n  [sample0] no video", "sample27"},
                 [&] { take(dataset, options, 1); });
    options.bad_limit = 0;
    expect_error(ErrorKind::kInput, {"got 1 so far:\n  [sample0] no video"}, [&] { take(dataset, options, 1); });
  }
  LoaderOptions replacing = options_of(Order::kShuffled, 8, 1, BadFiles::kReplace);
  replacing.bad_limit = 0.29;
  expect_error(ErrorKind::kInput, {"got 12 so far"}, [&] { take(dataset, replacing, 50); });
}

// The limit applies to the whole run: files that were unreadable before the run was stopped count too.
TEST(LoaderBadFiles, FilesOfTheInterruptedRunCount) {
  FakeDataset dataset(40);
  dataset.bad = {30};
  LoaderOptions options = options_of(Order::kInTurn, 40, 0, BadFiles::kSkip);
  options.bad_limit = 0.1;  // allows 4
  options.known_bad = {1, 2, 3};
  EXPECT_EQ(take(dataset, options, 1)[0].clips, 39);
  options.known_bad = {1, 2, 3, 4};
  expect_error(ErrorKind::kInput, {"at most 10 % of 40 samples"}, [&] { take(dataset, options, 1); });
  options.known_bad = {1, 2, 3, 30};  // 30 is in the list and fails again
  EXPECT_EQ(take(dataset, options, 1)[0].clips, 39);
}

TEST(LoaderBadFiles, BadFilesAreListedOnce) {
  FakeDataset dataset(6);
  dataset.bad = {1, 4};
  for (const BadFiles bad_files : {BadFiles::kSkip, BadFiles::kReplace}) {
    Loader loader(dataset, options_of(Order::kShuffled, 6, 2, bad_files));
    EXPECT_TRUE(loader.bad().empty());
    take(loader, 5);
    auto bad = loader.bad();
    std::sort(bad.begin(), bad.end());
    EXPECT_EQ(bad, (std::vector<std::pair<std::string, std::string>>{{"sample1", "[sample1] no video"},
                                                                     {"sample4", "[sample4] no video"}}));
  }
}

}  // namespace
}  // namespace trecvit
