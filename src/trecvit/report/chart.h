// Curves over the steps of a run as inline SVG, coloured by the report's style sheet.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace trecvit::report {

struct Chart {
  struct Point {
    double x = 0, y = 0;  // a value that is not finite is a gap
  };
  struct Series {
    std::string name;
    std::vector<Point> points;  // in ascending order of x
  };
  // A dashed horizontal line, such as chance.
  struct Level {
    std::string name;
    double y = 0;
  };

  std::string title;
  std::string x_title = "step";
  std::vector<Series> series;  // one colour each; after six, colours repeat
  std::vector<Level> levels;
  std::optional<double> least, most;  // of the y axis; empty: from the points, including zero if it is near
};

// A <figure>: title, legend with the last values, axes with ticks, curves. For a series with more points than fit the
// picture, the curve is the mean of neighbouring points, and a band behind it shows the range from their smallest to
// their largest. Empty if there is no finite point.
std::string render_chart(const Chart& chart);

// About `count` round numbers within [least, most]: 1, 2 or 5 times a power of ten apart.
std::vector<double> axis_ticks(double least, double most, int count);
// The label of a tick on an axis whose ticks are `step` apart: "0.25", "1.5k", "2e-05".
std::string tick_label(double value, double step);

}  // namespace trecvit::report
