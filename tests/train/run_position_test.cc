#include "trecvit/train/run_position.h"

#include <gtest/gtest.h>

namespace trecvit::test {
namespace {

using train::position_of;
using train::RunPosition;

TEST(RunPosition, SurvivesWritingAndReading) {
  RunPosition position;
  position.step = 12;
  position.skipped = 3;
  position.skipped_in_a_row = 1;
  position.tested = 10;
  position.settled = 8;
  position.painted = 6;
  position.best_score = 0.75;
  position.best = {8, "balanced accuracy", 0.75};
  position.bad_samples = {2, 5};
  position.seconds = 1.5;
  const RunPosition read = position_of(12, to_json(position));
  EXPECT_EQ(to_json(read), to_json(position));
  EXPECT_EQ(read.step, 12);
  EXPECT_EQ(read.skipped, 3);
  EXPECT_EQ(read.skipped_in_a_row, 1);
  EXPECT_EQ(read.tested, 10);
  EXPECT_EQ(read.settled, 8);
  EXPECT_EQ(read.painted, 6);
  EXPECT_EQ(read.best->step, 8);
  EXPECT_EQ(read.best->measure, "balanced accuracy");
  EXPECT_EQ(read.bad_samples, (std::set<int64_t>{2, 5}));
  EXPECT_EQ(read.seconds, 1.5);
}

TEST(RunPosition, MissingFieldsHaveTheirInitialValues) {
  const RunPosition read = position_of(4, {{"evaluated", 4}});
  EXPECT_EQ(read.tested, 4);
  EXPECT_EQ(read.settled, 4) << "versions without this field settled a test at once";
  EXPECT_EQ(read.painted, -1);
  EXPECT_FALSE(read.best);
  EXPECT_EQ(read.best_score, RunPosition().best_score);
}

}  // namespace
}  // namespace trecvit::test
