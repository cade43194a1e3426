#include "trecvit/train/run_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <limits>

#include "trecvit/image/draw.h"
#include "trecvit/image/png.h"
#include "trecvit/io/atomic_file.h"
#include "trecvit/io/byte_source.h"
#include "trecvit/io/csv.h"
#include "trecvit/train/report.h"

namespace trecvit::train {
namespace {

constexpr uint64_t kMostMetrics = uint64_t{1} << 30;
constexpr int64_t kStripFrames = 8;  // of a mistake, evenly chosen
constexpr int kStripHeight = 64;     // least height of a frame in a strip, pixels

struct Column {
  const char* name;
  Chart::Series series;
};

// The columns that are drawn, of a metrics.csv; empty cells are left out.
std::vector<Column> read_columns(const std::string& path) {
  std::vector<Column> columns;
  for (const char* name : {"loss", "motion_loss", "accuracy", "learning_rate", "gradient_norm", "val_accuracy",
                           "val_balanced_accuracy", "val_loss"})
    columns.push_back({name, {}});
  const std::string text = read_text(*open_file(path), kMostMetrics);
  CsvReader reader(text, path);
  while (const auto row = reader.next()) {
    const auto number = [&row](size_t at) {
      double value = std::numeric_limits<double>::quiet_NaN();
      const std::string& field = row->fields[at];
      std::from_chars(field.data(), field.data() + field.size(), value);
      return value;
    };
    for (auto& column : columns) {
      const auto at = reader.column(column.name);
      if (at && !row->fields[*at].empty()) column.series.points.push_back({number(0), number(*at)});
    }
  }
  return columns;
}

Chart chart_of(const char* title, std::vector<Column>& columns,
               const std::vector<std::pair<const char*, const char*>>& names) {
  Chart chart;
  chart.title = title;
  for (const auto& [column, shown] : names) {
    const auto found = std::find_if(columns.begin(), columns.end(),
                                    [&, name = std::string(column)](auto& c) { return c.name == name; });
    if (found == columns.end() || found->series.points.empty()) continue;
    found->series.name = shown;
    chart.series.push_back(found->series);
  }
  return chart;
}

// Frames of a clip [T, H, W, 3] side by side, small ones enlarged by whole numbers.
Report::Mistake strip_of(const Mistake& mistake, const ModelConfig& model) {
  const auto height = static_cast<int>(model.image_height), width = static_cast<int>(model.image_width);
  const size_t frame = static_cast<size_t>(height) * static_cast<size_t>(width) * 3;
  const auto frames = static_cast<int64_t>(mistake.pixels.size() / frame), shown = std::min(frames, kStripFrames);
  const int zoom = std::max(1, kStripHeight / height), wide = width * zoom, gap = 2;
  Canvas canvas(height * zoom, static_cast<int>(shown) * (wide + gap) - gap);
  for (int64_t i = 0; i < shown; ++i) {
    const uint8_t* from = mistake.pixels.data() + static_cast<size_t>(i * frames / shown) * frame;
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        const uint8_t* rgb = from + (static_cast<ptrdiff_t>(y) * width + x) * 3;
        canvas.fill({static_cast<int>(i) * (wide + gap) + x * zoom, y * zoom, zoom, zoom}, {rgb[0], rgb[1], rgb[2]});
      }
    }
  }
  return {mistake.name,
          model.label(mistake.truth),
          model.label(mistake.predicted),
          mistake.probability,
          encode_png(canvas.pixels(), canvas.height(), canvas.width()),
          canvas.height(),
          canvas.width()};
}

}  // namespace

void write_run_report(const std::string& folder, const TrainConfig& config, const ModelConfig& model,
                      const Evaluation& evaluation) {
  const std::filesystem::path in = folder;
  Report report;
  report.title = config.name;
  report.subtitle = fmt::format("{:.2f} M parameters, {} frames of {} x {}, seed {}",
                                static_cast<double>(model.parameter_count()) / 1e6, config.clip.frames,
                                model.image_height, model.image_width, config.seed);
  std::vector<Column> columns = read_columns((in / "metrics.csv").string());
  report.charts.push_back(
      chart_of("Loss", columns, {{"loss", "training"}, {"val_loss", "validation"}, {"motion_loss", "image motion"}}));
  report.charts.push_back(chart_of(
      "Accuracy", columns,
      {{"accuracy", "training"}, {"val_accuracy", "validation"}, {"val_balanced_accuracy", "validation, balanced"}}));
  report.charts.push_back(chart_of("Learning rate", columns, {{"learning_rate", "learning rate"}}));
  report.charts.push_back(chart_of("Norm of the gradient", columns, {{"gradient_norm", "before clipping"}}));
  report.metrics = evaluation.metrics;
  for (const auto& mistake : evaluation.mistakes) report.mistakes.push_back(strip_of(mistake, model));
  const TrainConfig defaults;
  for (const auto& field : train_config_fields()) {
    const Json value = field.write(config);
    if (value != field.write(defaults)) report.settings.push_back({field.key, value.dump()});
  }
  for (const auto& [key, value] : config.model.items()) report.settings.push_back({"model." + key, value.dump()});
  for (const auto& [name, reason] : evaluation.bad_files) report.notes.push_back("not read: " + reason);
  AtomicFile file((in / "report.html").string(), Overwrite::kYes);
  file.write(render_report(report));
  file.commit();
}

}  // namespace trecvit::train
