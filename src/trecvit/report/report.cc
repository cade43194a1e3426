#include "trecvit/report/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "trecvit/data/metrics_table.h"
#include "trecvit/report/html.h"
#include "trecvit/report/report_style.h"

namespace trecvit::report {
namespace {

constexpr size_t kMostMatrix = 40;  // classes; a larger matrix is unreadable, and its size is quadratic
constexpr size_t kManyClasses = 16;
constexpr size_t kMostPairs = 30;
constexpr double kFullShade = 0.55;  // above this, dark enough for white figures

std::string tile(const std::string& name, const std::string& value) {
  return fmt::format("<div><b>{}</b><span>{}</span></div>\n", escape_html(value), escape_html(name));
}

std::string render_tiles(const Report& report) {
  const auto& m = report.metrics;
  std::string out;
  if (m.count > 0 && m.mean_average_precision) {
    out += tile("mean average precision", percent(*m.mean_average_precision));
  } else if (m.count > 0) {
    out += tile("accuracy", percent(m.accuracy)) + tile("balanced accuracy", percent(m.balanced_accuracy));
    if (m.classes.size() > 5) out += tile("top-5 accuracy", percent(m.top5_accuracy));
    out += tile("macro F1", percent(m.macro_f1)) + tile("likelihood loss", readable(m.likelihood_loss));
  }
  if (m.count > 0) out += tile("clips tested", fmt::format("{}", m.count));
  for (const auto& fact : report.highlights) out += tile(fact.name, fact.value);
  return out.empty() ? "" : "<div class=\"tiles\">\n" + out + "</div>\n";
}

std::string render_charts(const std::vector<Chart>& charts) {
  std::string out;
  for (const auto& chart : charts) out += render_chart(chart);
  return out.empty() ? "" : "<h2>Curves</h2>\n<div class=\"charts\">\n" + out + "</div>\n";
}

// Blue for correct predictions, orange for wrong ones, shaded by the fraction of the row.
std::string confusion_cell(const ClassificationMetrics& m, size_t truth, size_t predicted) {
  const int64_t count = m.confusion[truth * m.classes.size() + predicted];
  if (count == 0) return "<td class=\"none\">\xC2\xB7</td>";
  const double part = static_cast<double>(count) / static_cast<double>(std::max<int64_t>(m.classes[truth].count, 1));
  const double shade = 0.08 + 0.92 * std::min(part, 1.0);
  return fmt::format(R"-(<td{} style="background:rgba({},{:.2f})" title="{} as {}: {} ({})">{}</td>)-",
                     shade > kFullShade ? R"( class="full")" : "", truth == predicted ? "36,99,190" : "200,80,30",
                     shade, escape_html(m.classes[truth].name), escape_html(m.classes[predicted].name), count,
                     percent(part), count);
}

std::string render_matrix(const ClassificationMetrics& m) {
  std::string out = fmt::format(
      "<p class=\"hint\">One row per true class, one column per predicted class.</p>\n<div class=\"card fit\"><table "
      "class=\"confusion{}\">\n<thead><tr><td>true</td>",
      m.classes.size() > kManyClasses ? " many" : "");
  for (const auto& row : m.classes) out += fmt::format("<th><span>{}</span></th>", escape_html(row.name));
  out += "</tr></thead>\n<tbody>\n";
  for (size_t truth = 0; truth < m.classes.size(); ++truth) {
    out += fmt::format("<tr><th>{}</th>", escape_html(m.classes[truth].name));
    for (size_t predicted = 0; predicted < m.classes.size(); ++predicted) out += confusion_cell(m, truth, predicted);
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

std::string render_pairs(const ClassificationMetrics& m) {
  const size_t classes = m.classes.size();
  std::vector<size_t> pairs = confused_pairs(m);
  pairs.resize(std::min(pairs.size(), kMostPairs));
  std::string out =
      "<p class=\"hint\">The pairs of classes that are most often confused.</p>\n<div class=\"card "
      "fit\"><table>\n<tr><th>true</th><th>predicted</th><th class=\"number\">clips</th></tr>\n";
  for (const size_t i : pairs) {
    out += fmt::format("<tr><td>{}</td><td>{}</td><td class=\"number\">{} of {}</td></tr>\n",
                       escape_html(m.classes[i / classes].name), escape_html(m.classes[i % classes].name),
                       m.confusion[i], m.classes[i / classes].count);
  }
  return out + "</table></div>\n";
}

std::string render_confusion(const ClassificationMetrics& m) {
  const size_t classes = m.classes.size();
  if (classes == 0 || m.confusion.size() != classes * classes) return "";
  return "<h2>Confusion</h2>\n" + (classes <= kMostMatrix ? render_matrix(m) : render_pairs(m));
}

std::string with_bar(double part) {
  const double shown = std::isfinite(part) ? std::clamp(part, 0.0, 1.0) : 0;
  return fmt::format(R"({}<span class="bar"><i style="width:{:.0f}%"></i></span>)", percent(part), 100 * shown);
}

std::string render_classes(const ClassificationMetrics& m) {
  if (m.count == 0 || m.classes.empty()) return "";
  const bool several = m.mean_average_precision.has_value();
  std::string out = "<div class=\"card fit\"><table>\n<tr><th>class</th><th class=\"number\">clips</th>";
  for (const char* name : {"precision", "recall", "F1"}) {
    if (!several) out += fmt::format(R"(<th class="number">{}</th>)", name);
  }
  out += several ? "<th class=\"number\">average precision</th></tr>\n" : "</tr>\n";
  for (const auto& row : m.classes) {
    out += fmt::format(R"(<tr><td>{}</td><td class="number">{}</td>)", escape_html(row.name), row.count);
    if (several) {
      out += fmt::format(R"(<td class="number">{}</td>)", with_bar(row.average_precision.value_or(0)));
    } else {
      out += fmt::format(R"(<td class="number">{}</td><td class="number">{}</td><td class="number">{}</td>)",
                         percent(row.precision), with_bar(row.recall), percent(row.f1));
    }
    out += "</tr>\n";
  }
  out += "</table></div>\n";
  if (m.classes.size() > kMostMatrix)
    out = fmt::format("<details><summary>all {} classes</summary>\n{}</details>\n", m.classes.size(), out);
  return "<h2>Classes</h2>\n" + out;
}

std::string render_mistake(const Report::Mistake& mistake) {
  std::string out = fmt::format(
      "<div class=\"card mistake\"><p><span class=\"wrong\">{}</span> predicted with {}, true is "
      "<span class=\"right\">{}</span><small>{}</small></p>",
      escape_html(mistake.predicted), percent(mistake.probability), escape_html(mistake.truth),
      escape_html(mistake.name));
  const Picture& strip = mistake.strip;
  if (!strip.png.empty())
    out += fmt::format(R"(<img width="{}" height="{}" alt="frames of the clip" src="{}">)", strip.width, strip.height,
                       png_uri(strip.png));
  return out + "</div>\n";
}

std::string render_mistakes(const std::vector<Report::Mistake>& mistakes) {
  std::string out;
  for (const auto& mistake : mistakes) out += render_mistake(mistake);
  return out.empty() ? "" : "<h2>Worst mistakes</h2>\n" + out;
}

std::string heading_of(std::string name) {
  if (!name.empty() && name[0] >= 'a' && name[0] <= 'z') name[0] = static_cast<char>(name[0] - 'a' + 'A');
  return name;
}

std::string render_pictures(const std::vector<Report::Named>& pictures) {
  std::string out;
  for (const auto& [name, picture] : pictures)
    out += fmt::format(R"(<h2>{}</h2><div class="card"><img width="{}" height="{}" alt="{}" src="{}"></div>)",
                       escape_html(heading_of(name)), picture.width, picture.height, escape_html(name),
                       png_uri(picture.png)) +
           "\n";
  return out;
}

std::string render_facts(const char* heading, const std::vector<Report::Fact>& facts) {
  if (facts.empty()) return "";
  std::string out = fmt::format("<h2>{}</h2>\n<div class=\"card\"><table class=\"wide\">\n", heading);
  for (const auto& fact : facts)
    out += fmt::format("<tr><th>{}</th><td>{}</td></tr>\n", escape_html(fact.name), escape_html(fact.value));
  return out + "</table></div>\n";
}

std::string render_notes(const std::vector<std::string>& notes) {
  if (notes.empty()) return "";
  std::string out = "<h2>Notes</h2>\n<ul>\n";
  for (const auto& note : notes) out += fmt::format("<li>{}</li>\n", escape_html(note));
  return out + "</ul>\n";
}

}  // namespace

std::string render_report(const Report& report) {
  std::string out = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{0}</title>\n<style>{1}</style>"
      "</head>\n<body><main>\n<h1>{0}</h1>\n",
      escape_html(report.title), kReportStyle);
  if (!report.subtitle.empty()) out += fmt::format("<p class=\"subtitle\">{}</p>\n", escape_html(report.subtitle));
  out += render_tiles(report);
  out += render_charts(report.charts);
  out += render_confusion(report.metrics);
  out += render_classes(report.metrics);
  out += render_mistakes(report.mistakes);
  out += render_pictures(report.pictures);
  out += render_notes(report.notes);
  out += render_facts("Run", report.facts);
  out += render_facts("Settings", report.settings);
  return out + "</main></body></html>\n";
}

}  // namespace trecvit::report
