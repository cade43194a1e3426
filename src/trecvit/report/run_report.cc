#include "trecvit/report/run_report.h"

#include <fmt/format.h>

#include <limits>

#include "trecvit/base/error.h"
#include "trecvit/base/parse_number.h"
#include "trecvit/io/atomic_file.h"
#include "trecvit/io/byte_source.h"
#include "trecvit/io/csv.h"
#include "trecvit/io/path_in.h"
#include "trecvit/report/report.h"

namespace trecvit::report {
namespace {

constexpr uint64_t kMostMetrics = uint64_t{1} << 30;

// The charts of metrics.csv; empty cells are left out.
std::vector<Chart> read_charts(const std::string& path, const std::vector<Curves>& wanted) {
  std::vector<Chart> charts;
  for (const auto& curves : wanted) {
    Chart& chart = charts.emplace_back();
    chart.title = curves.title;
    for (const auto& [column, shown] : curves.columns) chart.series.emplace_back().name = shown;
  }
  const std::string text = read_text(*open_file(path), kMostMetrics);
  CsvReader reader(text, path);
  while (const auto row = reader.next()) {
    const auto number = [&row](size_t at) {
      return parse_number<double>(row->fields[at]).value_or(std::numeric_limits<double>::quiet_NaN());
    };
    for (size_t c = 0; c < charts.size(); ++c) {
      for (size_t i = 0; i < charts[c].series.size(); ++i) {
        const auto at = reader.column(wanted[c].columns[i].first);
        if (at && !row->fields[*at].empty()) charts[c].series[i].points.push_back({number(0), number(*at)});
      }
    }
  }
  for (auto& chart : charts) std::erase_if(chart.series, [](const Chart::Series& s) { return s.points.empty(); });
  return charts;
}

}  // namespace

void write_run_report(const std::string& folder, const RunFacts& facts, std::vector<Curves> curves, Report report) {
  const TrainConfig& config = facts.config;
  const ModelConfig& model = facts.model;
  report.title = config.name;
  report.subtitle = fmt::format("{:.2f} M parameters, {} frames of {} x {}, seed {}",
                                static_cast<double>(model.parameter_count()) / 1e6, config.clip.frames,
                                model.image_height, model.image_width, config.seed);
  curves.push_back({"Learning rate", {{"learning_rate", "learning rate"}}});
  curves.push_back({"Norm of the gradient", {{"gradient_norm", "before clipping"}}});
  const std::string metrics = path_in(folder, "metrics.csv");
  try {
    report.charts = read_charts(metrics, curves);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kInput) throw;
    throw Error(
        ErrorKind::kInput,
        fmt::format(
            "{}; the models are written: repair that line of {} or move the file away, then --resume writes the report",
            error.what(), metrics));
  }
  report.facts = facts_for_report(folder, facts);
  const TrainConfig defaults;
  for (const auto& field : train_config_fields()) {
    const Json value = field.write(config);
    if (value != field.write(defaults)) report.settings.push_back({field.key, value.dump()});
  }
  for (const auto& [key, value] : config.model.items()) report.settings.push_back({"model." + key, value.dump()});
  AtomicFile file(path_in(folder, "report.html"), Overwrite::kYes);
  file.write(render_report(report));
  file.commit();
}

}  // namespace trecvit::report
