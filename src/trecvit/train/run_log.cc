#include "trecvit/train/run_log.h"

#include <fmt/format.h>
#include <torch/version.h>

#include <filesystem>

#include "trecvit/io/append_file.h"
#include "trecvit/io/atomic_file.h"
#include "trecvit/io/event_file.h"

namespace trecvit::train {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kColumns =
    "step,loss,motion_loss,accuracy,gradient_norm,learning_rate,clips_per_second,waiting,val_accuracy,"
    "val_balanced_accuracy,val_loss";

std::string in(const std::string& folder, const char* name) { return (fs::path(folder) / name).string(); }

// Takes out the lines after `steps_done` of a file; others, such as a header, stay.
const std::string& without_later(const std::string& path, int64_t steps_done,
                                 std::optional<int64_t> (*step_of)(std::string_view)) {
  keep_lines(path, [=](std::string_view line) { return step_of(line).value_or(0) <= steps_done; });
  return path;
}

void write_new(const std::string& path, const std::string& text) {
  std::error_code error;
  if (fs::exists(path, error)) return;
  AtomicFile file(path, Overwrite::kNo);
  file.write(text);
  file.commit();
}

// What does not change between two machines that do the same.
std::string shortest(double value) { return fmt::format("{:.9g}", value); }

}  // namespace

struct RunLog::Files {
  LineFile json, csv;
  EventFile events;
};

RunLog::RunLog(const std::string& folder, int64_t steps_done) : folder_(folder) {
  const std::string json = in(folder, "log.jsonl"), csv = in(folder, "metrics.csv");
  EventFile::Options options;
  options.first_step = steps_done + 1;
  files_ = std::unique_ptr<Files>(new Files{LineFile(without_later(json, steps_done, step_of_json_line)),
                                            LineFile(without_later(csv, steps_done, step_of_csv_line)),
                                            EventFile(in(folder, kEventFileName), options)});
  if (files_->csv.empty()) files_->csv.write(kColumns);
}

RunLog::~RunLog() = default;

void RunLog::describe(const TrainConfig& config, const ModelConfig& model, int64_t samples) {
  write_new(in(folder_, "config.toml"), print_train_config(config));
  const Json run = {
      {"schema", "trecvit.run/1"}, {"name", config.name},          {"seed", config.seed},
      {"torch", TORCH_VERSION},    {"compiler", __VERSION__},      {"threads", config.run.threads},
      {"samples", samples},        {"classes", model.num_classes}, {"parameters", model.parameter_count()}};
  write_new(in(folder_, "run.json"), run.dump(1) + "\n");
}

void RunLog::step(int64_t step, const StepResult& r, const Rate& rate) {
  Json line = {{"step", step},
               {"loss", r.loss},
               {"accuracy", r.accuracy},
               {"gradient_norm", r.gradient_norm},
               {"learning_rate", r.learning_rate}};
  if (r.motion_loss > 0) line["motion_loss"] = r.motion_loss;
  files_->json.write(line.dump());
  files_->csv.write(fmt::format("{},{},{},{},{},{},{:.2f},{:.4f},,,", step, shortest(r.loss), shortest(r.motion_loss),
                                shortest(r.accuracy), shortest(r.gradient_norm), shortest(r.learning_rate),
                                rate.clips_per_second, rate.waiting));
  EventFile& events = files_->events;
  events.scalar("train/loss", step, r.loss);
  if (r.motion_loss > 0) events.scalar("train/motion_loss", step, r.motion_loss);
  events.scalar("train/accuracy", step, r.accuracy);
  events.scalar("train/gradient_norm", step, r.gradient_norm);
  events.scalar("train/learning_rate", step, r.learning_rate);
  events.scalar("speed/clips_per_second", step, rate.clips_per_second);
  events.scalar("speed/waiting", step, rate.waiting);
  events.flush();
  shown_[0] = {"loss", r.loss};
  shown_[1] = {"lr", r.learning_rate};
  shown_[2] = {"acc", r.accuracy};
  shown_count_ = std::max<size_t>(shown_count_, 3);
}

void RunLog::evaluation(int64_t step, const ClassificationMetrics& m) {
  Json line = {{"step", step}, {"val", m.to_json()}};
  files_->json.write(line.dump(-1, ' ', false, Json::error_handler_t::replace));
  files_->csv.write(fmt::format("{},,,,,,,,{},{},{}", step, shortest(m.accuracy), shortest(m.balanced_accuracy),
                                shortest(m.likelihood_loss)));
  const double score = m.mean_average_precision.value_or(m.accuracy);
  files_->events.scalar("val/accuracy", step, score);
  files_->events.scalar("val/balanced_accuracy", step, m.balanced_accuracy);
  files_->events.scalar("val/loss", step, m.likelihood_loss);
  files_->events.flush();
  shown_[3] = {"val", score};
  shown_count_ = 4;
}

void RunLog::note(int64_t step, const std::string& text) {
  const Json line = {{"step", step}, {"note", text}};
  files_->json.write(line.dump(-1, ' ', false, Json::error_handler_t::replace));
  files_->events.text("notes", step, text);
}

void RunLog::sync() {
  files_->json.sync();
  files_->csv.sync();
  files_->events.sync();
}

}  // namespace trecvit::train
