#include "trecvit/train/run_log.h"

#include <gtest/gtest.h>

#include "train/train_test.h"

namespace trecvit::test {
namespace {

// A task of which only the columns are asked for.
class ColumnsAlone : public train::Task {
 public:
  void learn(const Batch&, double, const RandomStream&, train::Loss&) override {}
  std::vector<std::string> step_columns() const override { return {}; }
  std::vector<std::string> test_columns() const override { return {"loss"}; }
  train::TestResult test(const ClipDataset&, const std::function<void(int64_t)>&) override { return {}; }
  std::vector<Curves> curves() const override { return {}; }
  void add_to(train::Report&) const override {}
};

// With thousands of classes the matrix of every test would fill the disk.
TEST(RunLog, LeavesOutTheMatrixOfManyClasses) {
  const TempDir dir;
  {
    train::RunLog log(dir.path(), {}, ColumnsAlone());
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

}  // namespace
}  // namespace trecvit::test
