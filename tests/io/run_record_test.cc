#include "trecvit/io/run_record.h"

#include <gtest/gtest.h>

#include "support/files.h"
#include "support/temp_dir.h"

namespace trecvit::test {
namespace {

TEST(RunRecord, IsReadFromItsFolder) {
  const TempDir dir;
  const BestModel best{400, "balanced accuracy", 0.995};
  const Json run = {{"started", "yesterday"}, {"ended", "today"}, {"step", 500}, {"best", to_json(best)}};
  write_file(dir.file("run.json"), run.dump());
  const RunRecord record = read_run_record(dir.path());
  EXPECT_EQ(record.started, "yesterday");
  EXPECT_EQ(record.ended_after, 500);
  ASSERT_TRUE(record.best.has_value());
  EXPECT_EQ(describe(*record.best), "step 400, balanced accuracy 0.995");
}

TEST(RunRecord, OfARunThatHasNotEnded) {
  const TempDir dir;
  write_file(dir.file("run.json"), R"({"step": 500, "best": null})");
  const RunRecord record = read_run_record(dir.path());
  EXPECT_EQ(record.started, "");
  EXPECT_FALSE(record.ended_after);
  EXPECT_FALSE(record.best);
}

TEST(RunRecord, OfAnotherFormIsUnknown) {
  const TempDir dir;
  for (const char* text : {"", "[]", "{", R"({"ended": 1, "step": "x", "started": 3, "best": []})",
                           R"({"ended": 1, "step": -1, "best": {"step": -1, "measure": "loss", "value": 1}})",
                           R"({"ended": 1, "step": 18446744073709551615, "best": {"step": 1, "measure": "loss"}})",
                           R"({"best": {"step": 1, "measure": 2, "value": 1}})"}) {
    write_file(dir.file("run.json"), text);
    const RunRecord record = read_run_record(dir.path());
    EXPECT_EQ(record.started, "") << text;
    EXPECT_FALSE(record.ended_after) << text;
    EXPECT_FALSE(record.best) << text;
  }
  EXPECT_FALSE(read_run_record(dir.file("none")).ended_after);
}

TEST(RunRecord, NamesOfCheckpoints) {
  for (const int64_t step : {int64_t{0}, int64_t{400}, int64_t{123456789}})
    EXPECT_EQ(step_of_checkpoint(checkpoint_name(step)), step);
  EXPECT_EQ(checkpoint_name(400), "step-00000400");
  for (const char* name : {"", "step-", "step-400", "step-00000400.bak", "broken-step-00000400", "step--0000400",
                           "step-0000000000000000400", "step-0000040x"})
    EXPECT_FALSE(step_of_checkpoint(name)) << name;
}

}  // namespace
}  // namespace trecvit::test
