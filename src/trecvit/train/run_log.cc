#include "trecvit/train/run_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "trecvit/base/error.h"
#include "trecvit/io/append_file.h"
#include "trecvit/io/atomic_file.h"
#include "trecvit/io/event_file.h"
#include "trecvit/io/path_in.h"

namespace trecvit::train {
namespace {

namespace fs = std::filesystem;

// Removes what will be written again; lines without a step, such as a header, stay.
void drop_later(const std::string& path, const RunLog::Before& before,
                std::optional<int64_t> (*step_of)(std::string_view), bool (*is_test)(std::string_view)) {
  keep_lines(path, [&](std::string_view line) {
    const int64_t step = step_of(line).value_or(0);
    return step < before.steps || (step == before.steps && (step == 0 || before.tested || !is_test(line)));
  });
}
bool is_test_json(std::string_view line) {
  try {
    const Json object = parse_json(line, "log");
    return object.is_object() && object.contains("val");
  } catch (const Error&) {
    return false;  // not one of our lines
  }
}
// A row of a test has an empty second cell, where that of a step has its loss. Our first cell is a number without
// quotes, so the first comma ends it.
bool is_test_csv(std::string_view line) {
  const size_t comma = line.find(',');
  return comma != std::string_view::npos && line.substr(comma + 1).starts_with(',');
}

// Removes lines from a file that will be appended again.
void drop_equal(const std::string& path, const std::deque<std::string>& lines) {
  if (lines.empty()) return;
  keep_lines(path, [&](std::string_view line) { return std::find(lines.begin(), lines.end(), line) == lines.end(); });
}

// unlogged: as from RunLog::unlogged().
std::deque<std::string> lines_under(const char* key, const Json& unlogged) {
  std::deque<std::string> lines;
  if (!unlogged.is_object()) return lines;
  for (const auto& line : unlogged.value(key, Json::array())) lines.push_back(line.get<std::string>());
  return lines;
}

void write_all(LineFile& file, std::deque<std::string>& lines) {
  for (; !lines.empty(); lines.pop_front()) file.write(lines.front());
}

std::string text_of(const Json& line) { return line.dump(-1, ' ', false, Json::error_handler_t::replace); }

// Digits that are the same on two machines that compute the same.
std::string shortest(double value) { return fmt::format("{:.9g}", value); }

// ",a,b" for the columns; a missing value gives an empty cell.
std::string cells(const std::vector<std::string>& columns, const std::map<std::string, double>& values) {
  std::string out;
  for (const auto& column : columns) {
    const auto found = values.find(column);
    out += "," + (found != values.end() ? shortest(found->second) : "");
  }
  return out;
}

}  // namespace

std::string note_line(int64_t step, const std::string& text) { return text_of({{"step", step}, {"note", text}}); }

struct RunLog::Files {
  Files(const std::string& folder, const EventFile::Options& options)
      : json(path_in(folder, "log.jsonl")),
        csv(path_in(folder, "metrics.csv")),
        events(path_in(folder, kEventFileName), options) {}

  LineFile json, csv;
  EventFile events;
};

RunLog::RunLog(const std::string& folder, const Before& before, std::vector<std::string> step_columns,
               std::vector<std::string> test_columns)
    : folder_(folder), step_columns_(std::move(step_columns)), test_columns_(std::move(test_columns)) {
  json_lines_ = lines_under("log", before.unlogged);
  csv_lines_ = lines_under("metrics", before.unlogged);
  json_lines_.insert(json_lines_.end(), before.notes.begin(), before.notes.end());
  const std::string json = path_in(folder, "log.jsonl"), csv = path_in(folder, "metrics.csv");
  drop_later(json, before, step_of_json_line, is_test_json);
  drop_later(csv, before, step_of_csv_line, is_test_csv);
  drop_equal(json, json_lines_);
  drop_equal(csv, csv_lines_);
  EventFile::Options options;
  options.first_step = before.steps + 1;
  files_ = std::make_unique<Files>(folder, options);
  if (files_->csv.empty()) {
    std::string header = "step,loss";
    for (const auto& column : step_columns_) header += "," + column;
    header += ",gradient_norm,learning_rate,clips_per_second,waiting";
    for (const auto& column : test_columns_) header += ",val_" + column;
    files_->csv.write(header);
  }
  if (json_lines_.empty() && csv_lines_.empty()) return;
  flush();
  sync();
}

RunLog::~RunLog() = default;

void RunLog::flush() {
  write_all(files_->json, json_lines_);
  write_all(files_->csv, csv_lines_);
  files_->events.flush();
}

Json RunLog::unlogged() const { return {{"log", json_lines_}, {"metrics", csv_lines_}}; }

void RunLog::step(int64_t step, const StepResult& r, const Rate& rate) {
  Json line = {
      {"step", step}, {"loss", r.loss.value}, {"gradient_norm", r.gradient_norm}, {"learning_rate", r.learning_rate}};
  for (const auto& [name, value] : r.loss.parts) line[name] = value;
  json_lines_.push_back(text_of(line));
  csv_lines_.push_back(fmt::format("{},{}{},{},{},{:.4g},{:.4f}{}", step, shortest(r.loss.value),
                                   cells(step_columns_, r.loss.parts), shortest(r.gradient_norm),
                                   shortest(r.learning_rate), rate.clips_per_second, rate.waiting,
                                   cells(test_columns_, {})));
  EventFile& events = files_->events;
  events.scalar("train/loss", step, r.loss.value);
  for (const auto& [name, value] : r.loss.parts) events.scalar("train/" + name, step, value);
  events.scalar("train/gradient_norm", step, r.gradient_norm);
  events.scalar("train/learning_rate", step, r.learning_rate);
  events.scalar("speed/clips_per_second", step, rate.clips_per_second);
  events.scalar("speed/waiting", step, rate.waiting);
  shown_ = {{"loss", r.loss.value}, {"lr", r.learning_rate}};
  const auto accuracy = r.loss.parts.find("accuracy");
  if (accuracy != r.loss.parts.end()) shown_.emplace_back("acc", accuracy->second);
  if (score_) shown_.emplace_back("val", *score_);
}

void RunLog::evaluation(int64_t step, const TestResult& result) {
  Json line = {{"step", step}, {"val", result.json}};
  // The confusion matrix of many classes would be most of the log, repeated at every test; the report contains it.
  constexpr size_t kMostInLog = 64;
  const auto confusion = line["val"].find("confusion");
  if (confusion != line["val"].end() && confusion->size() > kMostInLog) line["val"].erase(confusion);
  for (const auto& [name, reason] : result.bad_files) line["val"]["bad_files"].push_back(reason);
  json_lines_.push_back(text_of(line));
  csv_lines_.push_back(
      fmt::format("{},{},,,,{}", step, cells(step_columns_, {}), cells(test_columns_, result.columns)));
  for (const auto& [name, value] : result.columns) files_->events.scalar("val/" + name, step, value);
  if (result.count > 0) score_ = result.shown;
}

void RunLog::picture(int64_t step, const std::string& name, const report::Picture& picture, bool is_new) {
  const fs::path folder = fs::path(folder_) / "pictures";
  std::error_code error;
  fs::create_directories(folder, error);
  AtomicFile file((folder / fmt::format("{}-{:08}.png", name, step)).string(), Overwrite::kYes);
  file.write(picture.png);
  file.commit();
  if (!is_new) return;
  files_->events.image(name, step, {picture.png, picture.height, picture.width});
  files_->events.flush();
}

void RunLog::note(int64_t step, const std::string& text) {
  json_lines_.push_back(note_line(step, text));
  files_->events.text("notes", step, text);
}

void RunLog::sync() {
  files_->json.sync();
  files_->csv.sync();
  files_->events.sync();
}

}  // namespace trecvit::train
