#include "trecvit/train/run_writer.h"

#include <torch/version.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "trecvit/io/atomic_file.h"
#include "trecvit/io/atomic_folder.h"
#include "trecvit/io/path_in.h"
#include "trecvit/model/model_weights.h"
#include "trecvit/report/run_report.h"
#include "trecvit/train/checkpoint.h"
#include "trecvit/train/run_settings.h"
#include "trecvit/video/video_writer.h"
#include "trecvit/weights/model_files.h"

namespace trecvit::train {

namespace fs = std::filesystem;

RunWriter::RunWriter(const RunSetup& setup, std::string folder, bool leads, const RunPosition& position,
                     const Before& before)
    : setup_(setup), folder_(std::move(folder)), leads_(leads), saved_(before.resumed ? position.step : -1) {
  if (!leads_) return;
  if (before.resumed) {
    set_aside_checkpoints_after(path("checkpoints"), position.step);
    for (const char* name : {"", "best", "model", "pictures"}) remove_unfinished_files(path(name));
  }
  std::error_code unknown;
  if (!fs::exists(path("config.toml"), unknown)) {
    AtomicFile file(path("config.toml"), Overwrite::kNo);
    file.write(stamped_config(setup.config));
    file.commit();
  }
  RunLog::Before log{position.step, position.tested == position.step, before.unlogged, {}};
  if (!before.change.empty()) log.notes.push_back(note_line(position.step, before.change));
  log_ = std::make_unique<RunLog>(folder_, log, setup.task->step_columns(), setup.task->test_columns());
}

std::string RunWriter::path(const char* name) const { return path_in(folder_, name); }

void RunWriter::note(int64_t step, const std::string& text) {
  if (leads_) log_->note(step, text);
}
void RunWriter::step(int64_t step, const StepResult& result, const RunLog::Rate& rate) {
  if (leads_) log_->step(step, result, rate);
}
void RunWriter::test(int64_t step, const TestResult& result) {
  if (leads_) log_->evaluation(step, result);
}
void RunWriter::pictures(int64_t step, const std::vector<Presenter::NamedPicture>& pictures, bool is_new) {
  if (!leads_) return;
  for (const auto& [name, picture] : pictures) log_->picture(step, name, picture, is_new);
}
void RunWriter::flush() {
  if (leads_) log_->flush();
}
void RunWriter::sync() {
  if (leads_) log_->sync();
}
std::span<const ProgressValue> RunWriter::shown() const {
  return leads_ ? log_->shown() : std::span<const ProgressValue>();
}

void RunWriter::save(const RunPosition& position) {
  if (saved_ == position.step) return;
  if (leads_) {
    Checkpoint checkpoint;
    checkpoint.step = position.step;
    checkpoint.config = setup_.model_config;
    checkpoint.model = setup_.step->weights_to_keep();
    checkpoint.training = setup_.step->state();
    checkpoint.state = setup_.fixed;
    checkpoint.state.update(to_json(position));
    checkpoint.state.update(
        {{"steps", setup_.steps}, {"unlogged", log_->unlogged()}, {"settings", settings_of(setup_.config)}});
    log_->sync();
    save_checkpoint(path("checkpoints"), checkpoint);
    prune_checkpoints(path("checkpoints"), setup_.config.run.keep);
  }
  saved_ = position.step;
}

void RunWriter::save_best(const report::KeptBest& best) const { write_model("best", best); }

void RunWriter::write_model(const char* name, const std::optional<report::KeptBest>& best) const {
  if (!leads_) return;
  // The probe or decoder next to the network belongs to it: both are written in one atomic step.
  AtomicFolder folder(path(name), Overwrite::kYes);
  write_model_files(folder.writing(), setup_.model_config, model::ModelWeights(*setup_.model));
  setup_.task->save_companion(folder.writing());
  if (best) report::write_kept_best(folder.writing(), *best);
  folder.commit();
}

report::RunFacts RunWriter::facts_of(const RunPosition& position) const {
  report::RunFacts facts;
  facts.config = setup_.config;
  facts.model = setup_.model_config;
  facts.samples = setup_.train_set->size();
  facts.processes = setup_.processes;
  facts.steps = setup_.steps;
  facts.step = position.step;
  facts.seconds = position.seconds;
  facts.best = position.best;
  facts.torch_version = TORCH_VERSION;
  return facts;
}

void RunWriter::facts(const RunPosition& position) const {
  if (leads_) report::write_run_facts(folder_, facts_of(position));
}

void RunWriter::end(const RunPosition& position, const TestResult* tested) const {
  if (!leads_) return;
  report::RunFacts facts = facts_of(position);
  facts.ended = true;
  report::write_run_facts(folder_, facts);
  report::Report page;
  setup_.task->add_to(page);
  if (tested) {
    for (const auto& [name, reason] : tested->bad_files) page.notes.push_back("not read: " + reason);
  }
  report::write_run_report(folder_, facts, setup_.task->curves(), std::move(page));
}

void RunWriter::film(const Presenter::Film& film) const {
  if (!leads_) return;
  constexpr double kFps = 8;  // slow enough to see motion
  VideoWriter writer(path(("pictures/" + film.name + ".mp4").c_str()),
                     {film.height, film.width, kFps, Overwrite::kYes});
  for (const auto& frame : film.frames)
    writer.add({frame.data(), PixelType::kU8, film.height, film.width, ptrdiff_t{3} * film.width});
  writer.finish();
}

}  // namespace trecvit::train
