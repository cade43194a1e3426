// The table of a test, line by line.
#include "trecvit/data/metrics_table.h"

#include <gtest/gtest.h>

#include <limits>
#include <sstream>

namespace trecvit::test {
namespace {

ClassificationMetrics two_classes() {
  ClassificationMetrics m;
  m.count = 4;
  m.accuracy = 0.75;
  m.classes.resize(2);
  m.classes[0].name = "a\x1b[31mcat";
  m.classes[0].count = 3;
  m.classes[0].precision = std::numeric_limits<double>::quiet_NaN();
  m.classes[1].name = "dog";
  m.classes[1].count = 1;
  m.confusion = {2, 1, 0, 1};
  return m;
}

TEST(MetricsTable, ShowsClassesAndTheMatrix) {
  const std::string table = metrics_table(two_classes());
  EXPECT_NE(table.find("clips                  4\n"), std::string::npos) << table;
  EXPECT_NE(table.find("accuracy               0.7500\n"), std::string::npos) << table;
  EXPECT_NE(table.find("true, predicted as"), std::string::npos);
  EXPECT_EQ(table.find('\x1b'), std::string::npos) << "names are safe for a terminal";
  EXPECT_NE(table.find("\xE2\x80\x93"), std::string::npos) << "what is not defined is a dash";
}

TEST(MetricsTable, WithManyClassesShowsThePairsMostOftenConfused) {
  ClassificationMetrics m;
  m.classes.resize(13);
  for (size_t c = 0; c < 13; ++c) {
    m.classes[c].name = "class" + std::to_string(c);
    m.classes[c].count = 9;
  }
  m.confusion.assign(13 * 13, 0);
  m.confusion[3 * 13 + 5] = 4;
  m.confusion[2 * 13 + 1] = 7;
  const std::string table = metrics_table(m);
  EXPECT_EQ(table.find("true, predicted as"), std::string::npos);
  const size_t first = table.find("class2                   class1"),
               second = table.find("class3                   class5");
  ASSERT_NE(first, std::string::npos) << table;
  ASSERT_NE(second, std::string::npos) << table;
  EXPECT_LT(first, second);
  EXPECT_NE(table.find("7 of 9"), std::string::npos);
}

TEST(MetricsTable, WithLabelsPerFrameShowsTheFirstFramesAndTheLast) {
  ClassificationMetrics m = two_classes();
  m.accuracy_by_frame = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6};
  const std::string table = metrics_table(m);
  EXPECT_NE(table.find("frames                 4\n"), std::string::npos);
  for (const char* row : {"at frame 1 ", "at frame 2 ", "at frame 4 ", "at frame 6 "})
    EXPECT_NE(table.find(row), std::string::npos) << row << table;
  EXPECT_EQ(table.find("at frame 3 "), std::string::npos);
}

}  // namespace
}  // namespace trecvit::test
