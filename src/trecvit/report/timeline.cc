#include "trecvit/report/timeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <string_view>

#include "trecvit/report/chart.h"
#include "trecvit/report/html.h"
#include "trecvit/report/report_style.h"

namespace trecvit::report {
namespace {

// Units of the picture, about one pixel on a desktop.
constexpr double kPageWidth = 1120, kPlotLeft = 44, kPlotRight = 12, kPlotTop = 8, kCurves = 220, kAxis = 26,
                 kLane = 22;
constexpr double kPlotWidth = kPageWidth - kPlotLeft - kPlotRight;
constexpr size_t kMostLanes = 12;
constexpr std::array<std::string_view, 6> kCurveColors = {"#2a6fd1", "#d9602b", "#16906a",
                                                          "#7a4fc4", "#b7850b", "#c23b74"};

constexpr std::string_view kStyle = R"(
.timeline { position: relative; }
.timeline svg { display: block; width: 100%; height: auto; cursor: pointer; }
.timeline text { fill: var(--soft); font-size: 13px; font-variant-numeric: tabular-nums; }
.timeline .name { fill: var(--ink); }
#now { position: absolute; top: 0; bottom: 0; width: 2px; background: var(--s5); pointer-events: none; display: none; }
video { width: 100%; max-height: 62vh; background: #000; border-radius: 10px; display: block; }
.thumbs { display: flex; gap: 6px; overflow-x: auto; padding: 8px 0 12px; }
.thumbs figure { margin: 0; flex: none; cursor: pointer; text-align: center; font-size: 12px; color: var(--soft); }
.thumbs img { display: block; border-radius: 4px; }
tr[data-t] { cursor: pointer; }
tr[data-t]:hover td { background: var(--page); }
)";

// Seeks on a click on anything that has a time, and moves a line along while the video plays.
constexpr std::string_view kScript = R"(
const video = document.querySelector('video'), line = document.getElementById('now');
const plot = document.querySelector('.timeline svg'), view = plot.viewBox.baseVal;
const left = +plot.dataset.left, inner = +plot.dataset.inner, length = +plot.dataset.length;
function show(t) {
  const box = plot.getBoundingClientRect(), scale = box.width / view.width;
  line.style.display = 'block';
  line.style.left = (left + inner * Math.min(t / length, 1)) * scale + 'px';
}
function seek(t) { if (video) video.currentTime = t; show(t); }
plot.addEventListener('click', event => {
  const box = plot.getBoundingClientRect(), x = (event.clientX - box.left) * view.width / box.width;
  seek(Math.min(Math.max((x - left) / inner, 0), 1) * length);
});
for (const item of document.querySelectorAll('[data-t]'))
  item.addEventListener('click', event => { event.stopPropagation(); seek(+item.dataset.t); });
if (video) {
  video.addEventListener('timeupdate', () => show(video.currentTime));
  video.addEventListener('error', () => { video.hidden = true; }, true);
}
)";

double x_of(const Timeline& timeline, double seconds) {
  return kPlotLeft + (timeline.length > 0 ? kPlotWidth * std::clamp(seconds / timeline.length, 0.0, 1.0) : 0);
}
double y_of(double prob) { return kPlotTop + kCurves * (1 - std::clamp(prob, 0.0, 1.0)); }

// The rows of the events: one for each label, in the order of their first events.
std::vector<std::string> lanes_of(const Timeline& timeline) {
  std::vector<std::string> lanes;
  for (const auto& event : timeline.events) {
    if (std::ranges::find(lanes, event.label) == lanes.end()) lanes.push_back(event.label);
  }
  if (lanes.size() > kMostLanes) lanes.resize(kMostLanes);
  return lanes;
}

// The colour of a label: that of its curve, if it has one.
std::string_view color_of(const Timeline& timeline, const std::string& label, size_t otherwise) {
  const auto curve = std::ranges::find(timeline.curves, label, &Timeline::Curve::label);
  const size_t place =
      curve == timeline.curves.end() ? otherwise : static_cast<size_t>(curve - timeline.curves.begin());
  return kCurveColors[place % kCurveColors.size()];
}

std::string grid(const Timeline& timeline, double bottom) {
  std::string out;
  for (const double prob : {0.0, 0.5, 1.0}) {
    out += fmt::format(R"(<path d="M{:.1f} {:.1f}H{:.1f}" stroke="#8886" fill="none"/>)", kPlotLeft, y_of(prob),
                       kPlotLeft + kPlotWidth);
    out += fmt::format(R"(<text x="{:.1f}" y="{:.1f}" text-anchor="end">{:.1f}</text>)", kPlotLeft - 6, y_of(prob) + 4,
                       prob);
  }
  for (const double tick : axis_ticks(0, timeline.length, 8)) {
    const double x = x_of(timeline, tick);
    out += fmt::format(R"(<path d="M{0:.1f} {1:.1f}V{2:.1f}" stroke="#8883" fill="none"/>)", x, kPlotTop, bottom);
    const bool is_at_the_edge = x > kPlotLeft + kPlotWidth - 24;
    out += fmt::format(R"(<text x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>)", x, kPlotTop + kCurves + 18,
                       is_at_the_edge ? "end" : "middle", clock_time(tick));
  }
  return out;
}

std::string curves(const Timeline& timeline) {
  std::string out;
  for (size_t i = 0; i < timeline.curves.size(); ++i) {
    const auto& curve = timeline.curves[i];
    std::string path;
    const size_t points = std::min(curve.probs.size(), timeline.seconds.size());
    for (size_t k = 0; k < points; ++k) {
      path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? 'M' : 'L', x_of(timeline, timeline.seconds[k]),
                          y_of(curve.probs[k]));
    }
    out += fmt::format(R"(<path d="{}" stroke="{}" stroke-width="2" stroke-linejoin="round" fill="none">)"
                       "<title>{}</title></path>",
                       path, kCurveColors[i % kCurveColors.size()], escape_html(curve.label));
  }
  return out;
}

std::string events(const Timeline& timeline, const std::vector<std::string>& lanes) {
  std::string out;
  const double top = kPlotTop + kCurves + kAxis;
  for (const auto& event : timeline.events) {
    const auto lane = std::ranges::find(lanes, event.label);
    if (lane == lanes.end()) continue;
    const auto row = static_cast<size_t>(lane - lanes.begin());
    const double x = x_of(timeline, event.start), width = std::max(x_of(timeline, event.end) - x, 2.0);
    out += fmt::format(
        R"(<rect data-t="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="3" fill="{}" fill-opacity="0.75">)"
        "<title>{}, {} to {}, mean {:.2f}, peak {:.2f}</title></rect>",
        event.start, x, top + kLane * static_cast<double>(row) + 3, width, kLane - 6,
        color_of(timeline, event.label, row), escape_html(event.label), clock_time(event.start), clock_time(event.end),
        event.mean, event.peak);
  }
  for (size_t row = 0; row < lanes.size(); ++row) {
    out += fmt::format(R"(<text class="name" x="{:.1f}" y="{:.1f}">{}</text>)", kPlotLeft + 4,
                       top + kLane * static_cast<double>(row) + 15, escape_html(lanes[row]));
  }
  return out;
}

// attributes: of the element, with a blank before them; before: elements at the beginning.
std::string plot(const Timeline& timeline, std::string_view attributes, std::string_view before, double extra_height) {
  const auto lanes = lanes_of(timeline);
  const double bottom = kPlotTop + kCurves + kAxis + kLane * static_cast<double>(lanes.size());
  std::string out =
      fmt::format(R"(<svg viewBox="0 0 {} {}" data-left="{}" data-inner="{}" data-length="{}" role="img"{}>)",
                  kPageWidth, bottom + extra_height, kPlotLeft, kPlotWidth, timeline.length, attributes);
  return out + std::string(before) + grid(timeline, bottom) + curves(timeline) + events(timeline, lanes);
}

std::string legend(const Timeline& timeline) {
  std::string out = "<p class=\"legend\">";
  for (size_t i = 0; i < timeline.curves.size(); ++i) {
    out += fmt::format("<span><i class=\"key s{}\"></i>{}</span>", i % kCurveColors.size(),
                       escape_html(timeline.curves[i].label));
  }
  return out + "</p>\n";
}

std::string thumbnails(const Timeline& timeline) {
  if (timeline.thumbnails.empty()) return "";
  std::string out = "<div class=\"thumbs\">";
  for (const auto& [seconds, picture] : timeline.thumbnails) {
    out += fmt::format(R"(<figure data-t="{}"><img src="{}" width="{}" height="{}" alt="">{}</figure>)", seconds,
                       png_uri(picture.png), picture.width, picture.height, clock_time(seconds));
  }
  return out + "</div>\n";
}

std::string event_table(const Timeline& timeline) {
  if (timeline.events.empty()) return "<p class=\"hint\">No events.</p>\n";
  std::string out =
      "<div class=\"card fit\"><table><tr><th>event</th><th class=\"number\">from</th><th class=\"number\">to</th>"
      "<th class=\"number\">mean</th><th class=\"number\">peak</th></tr>\n";
  for (const auto& event : timeline.events) {
    out += fmt::format(
        "<tr data-t=\"{}\"><td>{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td>"
        "<td class=\"number\">{:.2f}</td><td class=\"number\">{:.2f}</td></tr>\n",
        event.start, escape_html(event.label), clock_time(event.start), clock_time(event.end), event.mean, event.peak);
  }
  return out + "</table></div>\n";
}

}  // namespace

std::string clock_time(double seconds) {
  const int64_t tenths = std::llround(seconds * 10);
  const int64_t hours = tenths / 36'000, minutes = tenths / 600 % 60;
  const std::string rest = fmt::format("{:02}.{}", tenths / 10 % 60, tenths % 10);
  return hours > 0 ? fmt::format("{}:{:02}:{}", hours, minutes, rest) : fmt::format("{}:{}", minutes, rest);
}

std::string url_of_path(const std::string& path) {
  std::string url;
  for (const char c : path) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~/").find(c) != std::string_view::npos;
    url += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return url;
}

std::string render_timeline_page(const Timeline& timeline) {
  std::string out = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<link rel=\"icon\" href=\"data:,\">\n<title>{0}</title>\n<style>{1}{2}</style>\n</head>\n<body>\n<main>\n"
      "<h1>{0}</h1>\n<p class=\"subtitle\">{3}</p>\n",
      escape_html(timeline.title), kReportStyle, kStyle, escape_html(timeline.subtitle));
  if (!timeline.video.empty())
    out += fmt::format("<video controls preload=\"metadata\" src=\"{}\"></video>\n", escape_html(timeline.video));
  out += "<h2>Probabilities and events</h2>\n" + legend(timeline);
  out += "<div class=\"card timeline\">" + plot(timeline, "", "", 0) + "</svg><div id=\"now\"></div></div>\n";
  out += thumbnails(timeline) + "<h2>Events</h2>\n" + event_table(timeline);
  for (const auto& note : timeline.notes) out += "<p class=\"hint\">" + escape_html(note) + "</p>\n";
  return out + "</main>\n<script>" + std::string(kScript) + "</script>\n</body>\n</html>\n";
}

std::string render_timeline_svg(const Timeline& timeline) {
  constexpr double kLine = 20;
  const auto lanes = lanes_of(timeline);
  const double bottom = kPlotTop + kCurves + kAxis + kLane * static_cast<double>(lanes.size());
  const double height = kLine * static_cast<double>(timeline.curves.size() + 1);
  std::string out = plot(timeline, R"( xmlns="http://www.w3.org/2000/svg" font-family="sans-serif" font-size="13")",
                         R"(<rect width="100%" height="100%" fill="#fff"/>)", height);
  for (size_t i = 0; i < timeline.curves.size(); ++i) {
    const double y = bottom + kLine * (static_cast<double>(i) + 0.8);
    out += fmt::format(R"(<path d="M{:.1f} {:.1f}h18" stroke="{}" stroke-width="3"/>)", kPlotLeft, y - 4,
                       kCurveColors[i % kCurveColors.size()]);
    out += fmt::format(R"(<text x="{:.1f}" y="{:.1f}">{}</text>)", kPlotLeft + 26, y,
                       escape_html(timeline.curves[i].label));
  }
  return out + "</svg>\n";
}

}  // namespace trecvit::report
