#include "trecvit/train/run_log.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "train/train_test.h"
#include "trecvit/io/csv.h"

namespace trecvit::test {
namespace {

const std::vector<std::string> kTestColumns = {"loss"};

// With thousands of classes, one confusion matrix per test would fill the disk.
TEST(RunLog, OmitsTheConfusionMatrixOfManyClasses) {
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
TEST(RunLog, WritesTheSameNumbersToTableAndLog) {
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

// A run that was stopped during a test repeats the test; the other lines of that step stay.
TEST(RunLog, DropsTheLinesOfAnUnfinishedTest) {
  const TempDir dir;
  {
    train::RunLog log(dir.path(), {}, {}, kTestColumns);
    train::StepResult step;
    step.loss.value = 1.5;
    train::TestResult test;
    test.json = {{"count", 8}};
    test.columns["loss"] = 0.5;
    log.step(4, step, {});
    log.note(4, R"(a name with ,"val": in it)");
    log.evaluation(4, test);
    log.flush();
  }
  const auto count = [&](const char* file, const std::string& text) {
    const std::string all = bytes_of(dir.file(file));
    int found = 0;
    for (size_t at = all.find(text); at != std::string::npos; at = all.find(text, at + 1)) ++found;
    return found;
  };
  EXPECT_EQ(count("log.jsonl", "\n"), 3);
  EXPECT_EQ(count("metrics.csv", "\n"), 3) << "with the header";
  const train::RunLog resumed(dir.path(), {4, /*tested=*/false, {}, {}}, {}, kTestColumns);
  EXPECT_EQ(count("log.jsonl", "\n"), 2);
  EXPECT_EQ(count("log.jsonl", "\"val\":{"), 0);
  EXPECT_EQ(count("log.jsonl", "a name with"), 1);
  EXPECT_EQ(count("metrics.csv", "\n"), 2);
  EXPECT_EQ(count("metrics.csv", "4,1.5,"), 1);
}

// However often a run resumes from one checkpoint.
TEST(RunLog, WritesUnloggedLinesOnce) {
  const TempDir dir;
  const std::string first = train::note_line(2, "first"), second = train::note_line(2, "second");
  for (int time = 0; time < 2; ++time) {
    const train::RunLog log(dir.path(),
                            {2, true, {{"log", Json::array({first})}, {"metrics", Json::array({"2,1.5"})}}, {second}},
                            {}, kTestColumns);
    EXPECT_EQ(bytes_of(dir.file("log.jsonl")), first + "\n" + second + "\n") << time;
    EXPECT_TRUE(bytes_of(dir.file("metrics.csv")).ends_with("\n2,1.5\n")) << time;
  }
}

}  // namespace
}  // namespace trecvit::test
