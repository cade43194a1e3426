#include "trecvit/train/run_log.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "train/train_test.h"
#include "trecvit/io/csv.h"

namespace trecvit::test {
namespace {

const std::vector<std::string> kTestColumns = {"loss"};

// With thousands of classes the matrix of every test would fill the disk.
TEST(RunLog, LeavesOutTheMatrixOfManyClasses) {
  const TempDir dir;
  {
    train::RunLog log(dir.path(), {}, {}, kTestColumns);
    for (const size_t classes : {64, 65}) {
      train::TestResult result;
      result.json = {{"count", classes}, {"confusion", std::vector(classes, std::vector<int64_t>(classes, 1))}};
      result.columns["loss"] = 0.5;
      log.evaluation(static_cast<int64_t>(classes), result);
    }
    log.flush();
    log.sync();
  }
  const std::string text = bytes_of(dir.file("log.jsonl"));
  const size_t second = text.find('\n') + 1;
  EXPECT_EQ(parse_json(text.substr(0, second), "log").at("val").at("confusion").size(), 64U);
  const Json last = parse_json(text.substr(second), "log").at("val");
  EXPECT_FALSE(last.contains("confusion"));
  EXPECT_EQ(last.at("count"), 65);
}

// The same numbers under the same names in both files.
TEST(RunLog, TheTableSaysWhatTheLogSays) {
  const TempDir dir;
  {
    train::RunLog log(dir.path(), {}, {}, kTestColumns);
    train::StepResult result;
    result.loss.value = 1.5;
    result.gradient_norm = 2.25;
    result.learning_rate = 0.125;
    log.step(7, result, {3, 0.5});
    log.flush();
    log.sync();
  }
  const Json line = parse_json(bytes_of(dir.file("log.jsonl")), "log");
  const std::string text = bytes_of(dir.file("metrics.csv"));
  CsvReader table(text, "metrics.csv");
  const auto row = table.next();
  ASSERT_TRUE(row.has_value());
  for (const char* name : {"step", "loss", "gradient_norm", "learning_rate"}) {
    const auto at = std::find(table.header().begin(), table.header().end(), name) - table.header().begin();
    ASSERT_LT(at, std::ssize(table.header())) << name;
    EXPECT_EQ(std::stod(row->fields[static_cast<size_t>(at)]), line.at(name).get<double>()) << name;
  }
  EXPECT_EQ(line.at("gradient_norm"), 2.25);
}

}  // namespace
}  // namespace trecvit::test
