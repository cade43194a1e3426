#include "trecvit/report/report.h"

#include <gtest/gtest.h>

#include <set>

#include "support/occurrences.h"

namespace trecvit::report {
namespace {

using test::occurrences;

bool holds(const std::string& text, const std::string& what) { return text.find(what) != std::string::npos; }

// Every class is predicted correctly three times; class 0 is once mistaken for class 1.
ClassificationMetrics metrics_of(size_t classes) {
  std::vector<std::string> names;
  for (size_t c = 0; c < classes; ++c) names.push_back("class<" + std::to_string(c) + ">");
  ClassificationCounter counter(names);
  for (size_t c = 0; c < classes; ++c) {
    std::vector<float> scores(classes);
    scores[c] = 1;
    for (int i = 0; i < 3; ++i) counter.add(scores, static_cast<int64_t>(c));
    if (c == 1) counter.add(scores, 0);
  }
  return counter.metrics();
}

Report example(size_t classes) {
  Report report;
  report.title = "run <1>";
  report.subtitle = "sub<title>";
  report.highlights = {{"steps<>", "20<>"}};
  Chart& chart = report.charts.emplace_back();
  chart.title = "Loss";
  chart.series = {{"training", {{0, 2}, {10, 1}}}};
  report.metrics = metrics_of(classes);
  report.mistakes.push_back(
      {"a<b>.mp4", "truth<>", "predicted<>", 0.875, {{std::byte{'f'}, std::byte{'o'}, std::byte{'o'}}, 4, 8}});
  report.settings = {{"key<>", "value<>"}};
  report.notes = {"note<>"};
  return report;
}

// Checks that tags are nested correctly.
void expect_balanced(const std::string& html) {
  const std::set<std::string> alone = {"!DOCTYPE", "meta", "img"};
  std::vector<std::string> open;
  for (size_t at = html.find('<'); at != std::string::npos; at = html.find('<', at + 1)) {
    const size_t end = html.find('>', at);
    ASSERT_NE(end, std::string::npos);
    const std::string tag = html.substr(at + 1, end - at - 1), name = tag.substr(0, tag.find_first_of(" \n"));
    if (alone.contains(name) || tag.back() == '/') continue;
    if (tag[0] != '/') {
      open.push_back(name);
      continue;
    }
    ASSERT_FALSE(open.empty()) << tag;
    ASSERT_EQ("/" + open.back(), tag) << html.substr(at, 200);
    open.pop_back();
  }
  EXPECT_TRUE(open.empty());
}

TEST(Report, IsOneSelfContainedPage) {
  const std::string html = render_report(example(7));
  expect_balanced(html);
  EXPECT_TRUE(html.starts_with("<!DOCTYPE html>"));
  EXPECT_EQ(html, render_report(example(7)));
  // The page fetches nothing and runs no script.
  for (const char* outside : {"http:", "https:", "<script", "<link", "@import", "url("})
    EXPECT_FALSE(holds(html, outside));
}

TEST(Report, ShowsEverything) {
  const std::string html = render_report(example(7));
  EXPECT_TRUE(holds(html, "<title>run &lt;1&gt;</title>"));
  EXPECT_TRUE(holds(html, "<b>95.5 %</b><span>accuracy</span>"));  // 21 of 22
  EXPECT_TRUE(holds(html, "top-5 accuracy"));
  EXPECT_TRUE(holds(html, "class=\"line s0\""));
  EXPECT_TRUE(holds(html, "title=\"class&lt;0&gt; as class&lt;1&gt;: 1 (25.0 %)\">1</td>"));
  EXPECT_TRUE(holds(html, "predicted with 87.5 %"));
  EXPECT_TRUE(holds(html, "width=\"8\" height=\"4\" alt=\"frames of the clip\" src=\"data:image/png;base64,Zm9v\""));
  EXPECT_EQ(occurrences(html, "<td class=\"none\">"), 7u * 7 - 7 - 1);
  EXPECT_TRUE(holds(html, "<th>key&lt;&gt;</th><td>value&lt;&gt;</td>"));
  EXPECT_TRUE(holds(html, "<li>note&lt;&gt;</li>"));
}

TEST(Report, EscapesAllText) {
  const std::string html = render_report(example(3));
  for (const char* raw : {"run <1>", "sub<title>", "steps<>", "20<>", "a<b>", "truth<>", "predicted<>", "key<>",
                          "value<>", "note<>", "class<0>"}) {
    EXPECT_FALSE(holds(html, raw)) << raw;
  }
}

TEST(Report, ListsPairsInsteadOfTheMatrixOfManyClasses) {
  const std::string html = render_report(example(41));
  expect_balanced(html);
  EXPECT_FALSE(holds(html, "<table class=\"confusion"));
  EXPECT_TRUE(holds(html, "<td>class&lt;0&gt;</td><td>class&lt;1&gt;</td><td class=\"number\">1 of 4</td>"));
  EXPECT_TRUE(holds(html, "<details>"));
  EXPECT_TRUE(holds(render_report(example(40)), "<table class=\"confusion"));
}

TEST(Report, ShowsSeveralLabelsPerClip) {
  MultiLabelCounter counter({"a", "b"});
  counter.add(std::vector<float>{1, 0}, std::vector<float>{1, 0});
  Report report;
  report.metrics = counter.metrics();
  const std::string html = render_report(report);
  expect_balanced(html);
  EXPECT_TRUE(holds(html, "<b>100.0 %</b><span>mean average precision</span>"));
  EXPECT_TRUE(holds(html, "average precision</th>"));
  EXPECT_FALSE(holds(html, "Confusion"));
  EXPECT_FALSE(holds(html, "macro F1"));
}

TEST(Report, IsCompleteWithoutContent) {
  const std::string html = render_report({});
  expect_balanced(html);
  for (const char* part : {"<h2>", "<table", "class=\"tiles\"", "nan"}) EXPECT_FALSE(holds(html, part)) << part;
}

}  // namespace
}  // namespace trecvit::report
