#include "trecvit/report/chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "trecvit/report/html.h"

namespace trecvit::report {
namespace {

// Units of the picture, about one pixel on a desktop.
constexpr double kWidth = 520, kHeight = 300, kLeft = 58, kRight = 14, kTop = 12, kBottom = 44;
constexpr double kInnerWidth = kWidth - kLeft - kRight, kInnerHeight = kHeight - kTop - kBottom;
constexpr size_t kMostPoints = 220;  // per curve: two units each
constexpr size_t kMostDots = 24;     // curves with at most this many points show them as dots
constexpr size_t kColors = 6;

struct Axis {
  double least = 0, most = 1;
  double part(double value) const { return (value - least) / (most - least); }
};

struct Frame {
  Axis x, y;
  double px(double value) const { return kLeft + kInnerWidth * x.part(value); }
  double py(double value) const { return kTop + kInnerHeight * (1 - std::clamp(y.part(value), 0.0, 1.0)); }
};

bool finite(const Chart::Point& point) { return std::isfinite(point.x) && std::isfinite(point.y); }

// Summary of the points at one place of a curve; not finite: a gap.
struct Place {
  double x = 0, mean = 0, least = 0, most = 0;
};

Place gather(const std::vector<Chart::Point>& points, size_t begin, size_t end) {
  Place place{0, 0, std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
  double count = 0;
  for (size_t i = begin; i < end; ++i) {
    if (!finite(points[i])) continue;
    count += 1;
    place.x += (points[i].x - place.x) / count;
    place.mean += (points[i].y - place.mean) / count;
    place.least = std::min(place.least, points[i].y);
    place.most = std::max(place.most, points[i].y);
  }
  if (count == 0) place.mean = std::numeric_limits<double>::quiet_NaN();
  return place;
}

std::vector<Place> places_of(const std::vector<Chart::Point>& points) {
  const size_t count = std::min(points.size(), kMostPoints);
  std::vector<Place> places(count);
  for (size_t i = 0; i < count; ++i) {
    places[i] = gather(points, points.size() * i / count, points.size() * (i + 1) / count);
  }
  return places;
}

// Adds some room if all values are equal.
Axis widened(double least, double most) {
  if (most - least > 1e-12 * std::max(std::abs(least), std::abs(most))) return {least, most};
  const double room = least == 0 ? 1 : std::abs(least) * 0.1;
  return {least - room, most + room};
}

Axis y_axis(const Chart& chart, double least, double most) {
  for (const auto& level : chart.levels) {
    if (!std::isfinite(level.y)) continue;
    least = std::min(least, level.y);
    most = std::max(most, level.y);
  }
  const double range = most - least;
  if (least >= 0 && least < range) least = 0;
  least = chart.least.value_or(least);
  most = chart.most.value_or(least < most ? most + 0.04 * (most - least) : most);
  return widened(least, std::max(least, most));
}

std::optional<Frame> frame_of(const Chart& chart) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  double left = kInfinity, right = -kInfinity, least = kInfinity, most = -kInfinity;
  for (const auto& series : chart.series) {
    for (const auto& point : series.points) {
      if (!finite(point)) continue;
      left = std::min(left, point.x);
      right = std::max(right, point.x);
      least = std::min(least, point.y);
      most = std::max(most, point.y);
    }
  }
  if (left > right) return std::nullopt;
  return Frame{widened(left, right), y_axis(chart, least, most)};
}

std::string paint_axes(const Chart& chart, const Frame& frame) {
  std::string out;
  const auto across = axis_ticks(frame.x.least, frame.x.most, 5), up = axis_ticks(frame.y.least, frame.y.most, 5);
  for (const double tick : up) {
    const double y = frame.py(tick);
    out += fmt::format(R"(<path class="grid" d="M{} {:.1f}H{}"/>)", kLeft, y, kWidth - kRight);
    out += fmt::format(R"(<text x="{}" y="{:.1f}" text-anchor="end">{}</text>)", kLeft - 8, y + 4.5,
                       tick_label(tick, up.size() > 1 ? up[1] - up[0] : tick));
  }
  for (const double tick : across) {
    const double x = frame.px(tick);
    out += fmt::format(R"(<path class="axis" d="M{:.1f} {}v5"/>)", x, kHeight - kBottom);
    out += fmt::format(R"(<text x="{:.1f}" y="{}" text-anchor="middle">{}</text>)", x, kHeight - kBottom + 20,
                       tick_label(tick, across.size() > 1 ? across[1] - across[0] : tick));
  }
  out += fmt::format(R"(<path class="axis" d="M{} {}H{}"/>)", kLeft, kHeight - kBottom, kWidth - kRight);
  return out + fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n", kLeft + kInnerWidth / 2,
                           kHeight - 6, escape_html(chart.x_title));
}

std::string paint_level(const Chart::Level& level, const Frame& frame) {
  if (!std::isfinite(level.y)) return "";
  const double y = frame.py(level.y);
  return fmt::format(
      "<path class=\"level\" d=\"M{} {:.1f}H{}\"/><text class=\"level\" x=\"{}\" y=\"{:.1f}\" "
      "text-anchor=\"end\">{}</text>\n",
      kLeft, y, kWidth - kRight, kWidth - kRight, y - 5, escape_html(level.name));
}

// The band from the smallest to the largest value, for one run of places without a gap.
std::string paint_band(const std::vector<Place>& places, size_t begin, size_t end, const Frame& frame) {
  std::string path;
  for (size_t i = begin; i < end; ++i) {
    path += fmt::format("{}{:.1f} {:.1f}", i == begin ? 'M' : 'L', frame.px(places[i].x), frame.py(places[i].most));
  }
  for (size_t i = end; i-- > begin;)
    path += fmt::format("L{:.1f} {:.1f}", frame.px(places[i].x), frame.py(places[i].least));
  return path + "Z";
}

std::string paint_dots(const Chart::Series& series, size_t color, const Frame& frame) {
  std::string out;
  for (const auto& point : series.points) {
    if (!finite(point)) continue;
    out += fmt::format(R"(<circle class="s{}" cx="{:.1f}" cy="{:.1f}" r="3.5"><title>{}: {}</title></circle>)", color,
                       frame.px(point.x), frame.py(point.y), readable(point.x), readable(point.y));
  }
  return out;
}

std::string paint_series(const Chart::Series& series, size_t color, const Frame& frame) {
  const auto places = places_of(series.points);
  std::string line, band;
  for (size_t begin = 0, end = 0; begin < places.size(); begin = end) {
    if (!std::isfinite(places[begin].mean)) {
      end = begin + 1;
      continue;
    }
    for (end = begin; end < places.size() && std::isfinite(places[end].mean); ++end) {
      line +=
          fmt::format("{}{:.1f} {:.1f}", end == begin ? 'M' : 'L', frame.px(places[end].x), frame.py(places[end].mean));
    }
    if (places.size() < series.points.size()) band += paint_band(places, begin, end, frame);
  }
  std::string out;
  if (!band.empty()) out += fmt::format(R"(<path class="band s{}" d="{}"/>)", color, band);
  out += fmt::format(R"(<path class="line s{}" d="{}"/>)", color, line);
  if (series.points.size() <= kMostDots) out += paint_dots(series, color, frame);
  return out + "\n";
}

std::string paint_legend(const Chart& chart) {
  std::string out = R"(<p class="legend">)";
  for (size_t i = 0; i < chart.series.size(); ++i) {
    const auto& points = chart.series[i].points;
    const auto last = std::find_if(points.rbegin(), points.rend(), finite);
    out += fmt::format(R"(<span><i class="key s{}"></i>{} <b>{}</b></span>)", i % kColors,
                       escape_html(chart.series[i].name), last == points.rend() ? "" : readable(last->y));
  }
  return out + "</p>\n";
}

}  // namespace

std::vector<double> axis_ticks(double least, double most, int count) {
  const double rough = (most - least) / std::max(count, 1);
  if (!(rough > 0) || !std::isfinite(rough)) return {};
  const double power = std::pow(10, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (const double times : {5.0, 2.0, 1.0}) {
    if (times * power >= rough * (1 - 1e-9)) step = times * power;
  }
  std::vector<double> ticks;
  const double slack = 1e-9 * step;
  for (double i = std::ceil((least - slack) / step); i * step <= most + slack && ticks.size() < 100; ++i)
    ticks.push_back(i == 0 ? 0 : i * step);
  return ticks;
}

std::string tick_label(double value, double step) {
  if (value == 0) return "0";
  const double size = std::abs(value);
  if (size < 1e-3 || size >= 1e10) return fmt::format("{:.3g}", value);
  if (size >= 1e6) return fmt::format("{:.4g}M", value / 1e6);
  if (size >= 1e4 || (size >= 1e3 && std::abs(step) >= 1e3)) return fmt::format("{:.4g}k", value / 1e3);
  const int digits = std::clamp(static_cast<int>(-std::floor(std::log10(std::abs(step)) + 1e-9)), 0, 6);
  return fmt::format("{:.{}f}", value, digits);
}

std::string render_chart(const Chart& chart) {
  const auto frame = frame_of(chart);
  if (!frame) return "";
  std::string out = fmt::format("<figure class=\"chart\"><figcaption>{}</figcaption>\n{}", escape_html(chart.title),
                                paint_legend(chart));
  out += fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">\n", kWidth, kHeight,
                     escape_html(chart.title));
  out += paint_axes(chart, *frame);
  for (const auto& level : chart.levels) out += paint_level(level, *frame);
  for (size_t i = 0; i < chart.series.size(); ++i) out += paint_series(chart.series[i], i % kColors, *frame);
  return out + "</svg></figure>\n";
}

}  // namespace trecvit::report
