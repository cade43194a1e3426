#include "trecvit/report/chart.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "support/occurrences.h"

namespace trecvit::report {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

using test::occurrences;

// The d="..." of the curve of series 0.
std::string line_of(const std::string& svg) {
  const std::string begin = "<path class=\"line s0\" d=\"";
  const size_t at = svg.find(begin);
  if (at == std::string::npos) return "";
  return svg.substr(at + begin.size(), svg.find('"', at + begin.size()) - at - begin.size());
}

Chart one(std::vector<Chart::Point> points) {
  Chart chart;
  chart.title = "Loss";
  chart.series.push_back({"training", std::move(points)});
  return chart;
}

TEST(AxisTicks, AreRoundNumbersWithin) {
  const auto expect = [](double least, double most, const std::vector<double>& want) {
    const auto ticks = axis_ticks(least, most, 5);
    ASSERT_EQ(ticks.size(), want.size()) << least << " " << most;
    for (size_t i = 0; i < want.size(); ++i) EXPECT_NEAR(ticks[i], want[i], 1e-9 * std::abs(most - least));
  };
  expect(0, 1, {0, 0.2, 0.4, 0.6, 0.8, 1});
  expect(0, 1999, {0, 500, 1000, 1500});
  expect(-0.3, 0.31, {-0.2, 0, 0.2});
  expect(0, 3e-4, {0, 1e-4, 2e-4, 3e-4});
  expect(3, 3, {});
  expect(0, kInfinity, {});
}

TEST(AxisTicks, Labels) {
  EXPECT_EQ(tick_label(0, 0.1), "0");
  EXPECT_EQ(tick_label(0.30000000000000004, 0.1), "0.3");
  EXPECT_EQ(tick_label(0.5, 0.25), "0.5");
  EXPECT_EQ(tick_label(1, 0.05), "1.00");
  EXPECT_EQ(tick_label(500, 500), "500");
  EXPECT_EQ(tick_label(5000, 5000), "5k");
  EXPECT_EQ(tick_label(1500, 500), "1500");
  EXPECT_EQ(tick_label(2.5e6, 5e5), "2.5M");
  EXPECT_EQ(tick_label(2e-5, 1e-5), "2e-05");
}

// The picture is 520 x 300 with the curves in x 58 to 506 and y 12 to 256.
TEST(Chart, PutsPointsWhereTheyBelong) {
  Chart chart = one({{0, 0}, {50, 1}, {100, 0.5}});
  chart.least = 0;
  chart.most = 1;
  EXPECT_EQ(line_of(render_chart(chart)), "M58.0 256.0L282.0 12.0L506.0 134.0");
  EXPECT_EQ(occurrences(render_chart(chart), "<circle"), 3u);
}

TEST(Chart, NumbersThatAreNotFiniteAreGaps) {
  Chart chart = one({{0, 0}, {1, 1}, {2, kNan}, {3, 1}, {4, -kInfinity}, {kNan, 1}, {5, 0}, {6, 1}});
  const std::string path = line_of(render_chart(chart));
  EXPECT_EQ(occurrences(path, "M"), 3u);
  EXPECT_EQ(occurrences(path, "L"), 2u);
  EXPECT_EQ(render_chart(chart).find("nan"), std::string::npos);
  EXPECT_EQ(render_chart(chart).find("inf"), std::string::npos);
}

TEST(Chart, IsEmptyWithoutAPoint) {
  EXPECT_EQ(render_chart(Chart{}), "");
  EXPECT_EQ(render_chart(one({})), "");
  EXPECT_EQ(render_chart(one({{0, kNan}})), "");
}

TEST(Chart, ShowsOnePointOrEqualPoints) {
  EXPECT_EQ(line_of(render_chart(one({{5, 0}}))), "M282.0 134.0");
  EXPECT_EQ(occurrences(line_of(render_chart(one({{5, 2}, {6, 2}}))), "134.0"), 2u);
}

TEST(Chart, LongCurvesAreAveraged) {
  std::vector<Chart::Point> points;
  for (int i = 0; i < 100'000; ++i) points.push_back({static_cast<double>(i), i % 2 == 0 ? 0.0 : 1.0});
  Chart chart = one(points);
  chart.least = 0;
  chart.most = 1;
  const std::string svg = render_chart(chart);
  EXPECT_LT(svg.size(), 20'000u);
  EXPECT_EQ(occurrences(svg, "class=\"band"), 1u);
  EXPECT_EQ(occurrences(line_of(svg), "L"), 219u);
  EXPECT_NEAR(std::stod(line_of(svg).substr(line_of(svg).find(' '))), 134, 0.5);  // the mean, in the middle of the axis
  EXPECT_EQ(occurrences(svg, "<circle"), 0u);
}

TEST(Chart, NamesAreEscapedAndLastValuesShown) {
  Chart chart = one({{0, 1}, {1, 0.25}, {2, kNan}});
  chart.title = "<title>";
  chart.x_title = "<x>";
  chart.series[0].name = "<series>";
  chart.levels.push_back({"<level>", 0.5});
  const std::string svg = render_chart(chart);
  for (const char* name : {"title", "x", "series", "level"})
    EXPECT_NE(svg.find("&lt;" + std::string(name) + "&gt;"), std::string::npos) << name;
  EXPECT_EQ(svg.find("<series>"), std::string::npos);
  EXPECT_NE(svg.find("<b>0.25</b>"), std::string::npos);
}

}  // namespace
}  // namespace trecvit::report
