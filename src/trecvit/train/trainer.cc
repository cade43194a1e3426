// Over 500 lines, not split yet: set-up, the loop, tests and saving all read and change the same state of a run. Code
// that needs little of that state is in files of its own.
#include "trecvit/train/trainer.h"

#include <ATen/ATen.h>
#include <c10/util/Exception.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <limits>
#include <optional>
#include <set>

#include "trecvit/base/cpu_count.h"
#include "trecvit/base/error.h"
#include "trecvit/base/shell_word.h"
#include "trecvit/base/work_control.h"
#include "trecvit/config/config_json.h"
#include "trecvit/io/atomic_file.h"
#include "trecvit/io/atomic_folder.h"
#include "trecvit/model/initialise.h"
#include "trecvit/model/model_weights.h"
#include "trecvit/train/checkpoint.h"
#include "trecvit/train/device.h"
#include "trecvit/train/make_task.h"
#include "trecvit/train/plan.h"
#include "trecvit/train/resolve.h"
#include "trecvit/train/run_log.h"
#include "trecvit/train/run_report.h"
#include "trecvit/train/run_settings.h"
#include "trecvit/train/train_step.h"
#include "trecvit/video/video_writer.h"
#include "trecvit/weights/model_files.h"
#include "trecvit/weights/starting_point.h"

namespace trecvit::train {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMostSkipped = 20;  // steps in a row that are not finite
constexpr size_t kBadFilesSaid = 10;  // at the terminal

// A clip that cannot be read, of training or of a test.
struct ClipError : Error {
  explicit ClipError(const Error& error) : Error(error.kind(), error.what()) {}
};
template <class Read>
auto read_clips(const Read& read) {
  try {
    return read();
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kInput) throw ClipError(error);
    throw;
  }
}

// Shows the clips of a test, and asks at each whether it is to end.
class TestWatch : public ProgressSink {
 public:
  TestWatch(Progress& shown, std::function<bool()> is_over) : shown_(shown), is_over_(std::move(is_over)) {}
  WorkControl control() { return {this, stop_.get_token()}; }
  void advance(int64_t clips) override {
    if (is_over_()) stop_.request_stop();
    shown_.advance(clips);
  }

 private:
  Progress& shown_;
  std::function<bool()> is_over_;
  std::stop_source stop_;
};

class Trainer {
 public:
  explicit Trainer(const TrainRequest& request);
  TrainOutcome run();

 private:
  ModelConfig sizes_of_run() const;
  std::unique_ptr<ClipDataset> open_set(const DataConfig& data, const ClipOptions& options, const char* name) const;
  void open_sets(const ModelConfig& sizes);
  void build_model();
  Json what_must_not_change() const;
  std::optional<std::string> accepted_changes() const;
  void refuse_lost_checkpoints() const;
  void resume();
  void restore_best(const Json& state);
  void open_log(const Json& unlogged, const std::string& change);
  void save();
  [[noreturn]] void save_and_rethrow(const Error& error);
  void save_model(const char* name, const std::optional<KeptBest>& best = {}) const;
  TrainOutcome run_to_the_end();
  bool step_once(Loader& loader);
  bool look_if_due(const Loader& loader);
  bool look_is_left() const;
  void handle_not_finite(const StepResult& result);
  void log_step(const StepResult& result, const Loader& loader);
  bool evaluate_now();
  void keep_if_best();
  bool finish();
  RunFacts facts() const;
  void draw();
  void draw_with_weights_in_place();
  void save_film();
  void restart_clock(const Loader& loader);
  // Whose clips are drawn: those of testing, if there are any.
  const ClipDataset& shown_set() const { return val_set_ ? *val_set_ : *train_set_; }
  bool due(int64_t every) const { return every > 0 && step_ % every == 0; }
  bool test_due() const { return step_ > 0 && (due(config_.run.eval_every) || step_ == steps_); }
  std::string path(const char* name) const { return (fs::path(folder_) / name).string(); }

  const TrainRequest& request_;
  std::string folder_;
  TrainConfig config_;
  std::unique_ptr<ClipDataset> train_set_, val_set_;
  std::string data_, val_data_;  // their fingerprints
  ModelConfig model_config_;
  std::shared_ptr<model::TRecViT> model_;
  std::shared_ptr<Task> task_;
  std::unique_ptr<TrainStep> stepper_;
  std::unique_ptr<RunLog> log_;
  std::optional<Checkpoint> checkpoint_;  // to go on from, until its tensors are copied
  int64_t step_ = 0, steps_ = 0, saved_ = -1;
  int64_t skipped_ = 0, skipped_in_a_row_ = 0;  // steps that were not finite
  // The newest step of each; what is logged is so whatever process did it.
  int64_t evaluated_ = -1, evaluation_logged_ = -1, drawn_ = -1, drawing_logged_ = -1;
  int64_t settled_ = -1;  // its test is logged, and if it was the best so far, best/ is on disk
  double best_score_ = std::numeric_limits<double>::lowest();
  std::optional<BestModel> best_;
  double seconds_before_ = 0;  // of the processes before
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  size_t reported_bad_ = 0;
  std::set<int64_t> known_bad_;  // samples that could not be read
  std::optional<TestResult> tested_;
  std::optional<Progress> progress_;
  // Since when the next row of the log counts: time, step, and how long the loader had been waited for.
  std::chrono::steady_clock::time_point logged_at_;
  int64_t logged_step_ = 0;
  double logged_wait_ = 0;
};

// The mean of the weights in their place while it lives.
class MeanInPlace {
 public:
  explicit MeanInPlace(TrainStep& step) : step_(step) { step_.swap_mean(); }
  ~MeanInPlace() { step_.swap_mean(); }
  MeanInPlace(const MeanInPlace&) = delete;
  MeanInPlace& operator=(const MeanInPlace&) = delete;

 private:
  TrainStep& step_;
};

Trainer::Trainer(const TrainRequest& request) : request_(request), config_(request.config) {
  if (config_.run.threads == 0) config_.run.threads = available_cpus();
  set_compute_threads(config_.run.threads);
  if (request_.resume) {
    folder_ = request_.folder();
    checkpoint_ = newest_checkpoint(path("checkpoints"), request_.say);
    if (!checkpoint_) refuse_lost_checkpoints();
  }
  const ModelConfig sizes = sizes_of_run();
  open_sets(sizes);
  model_config_ = resolve_model(config_, sizes, *train_set_);
  steps_ = resolve_steps(config_, train_set_->size());
  const double gflops = measure_gflops(config_, model_config_);
  for (const auto& line : describe(make_plan(config_, model_config_, steps_, gflops), config_, model_config_))
    request_.say(line);
  for (const auto& line : cautions(config_, steps_)) request_.say(line);
  if (const Json asked = config_.model.value("num_classes", Json());
      !asked.is_null() && asked != model_config_.num_classes)
    request_.say(fmt::format("model.num_classes = {} is not used: the model has the {} classes of data.train",
                             asked.dump(), model_config_.num_classes));
  if (const auto line = slower_in_bf16(config_, model_config_, gflops); !line.empty()) request_.say(line);
  build_model();
  task_ = make_task(config_, model_, *train_set_);
  if (!checkpoint_ && !config_.start.from.empty()) {
    const std::string note = task_->start_from(config_.start.from);
    if (!note.empty()) request_.say("start: " + note);
  }
  if (!checkpoint_) {
    for (const auto& line : task_->notes()) request_.say(line);
  }
  stepper_ = std::make_unique<TrainStep>(config_, model_, steps_, task_);
  if (folder_.empty()) folder_ = request_.folder();
  if (request_.resume && !checkpoint_) request_.say("no checkpoint yet: beginning");
  const Json unlogged = checkpoint_ ? checkpoint_->state.value("unlogged", Json()) : Json();
  const auto change = accepted_changes();
  if (checkpoint_) resume();
  open_log(unlogged, change.value_or(""));
  if (request_.resume && change) request_.resumed();
  write_run_facts(folder_, facts());
}

// Where clips are missing, the message says how to tell where they are.
std::unique_ptr<ClipDataset> Trainer::open_set(const DataConfig& data, const ClipOptions& options,
                                               const char* name) const {
  try {
    auto set = open_dataset(data, options);
    for (const auto& line : set->summary()) request_.say(fmt::format("{}: {}", name, line));
    return set;
  } catch (const Error& error) {
    std::error_code unknown;
    if (error.kind() != ErrorKind::kInput || fs::exists(data.source, unknown)) throw;
    throw Error(error.kind(),
                fmt::format("{}; data.{}.source is {}{}{}", error.what(), name, printable(data.source),
                            fs::path(data.source).is_absolute() ? ""
                                                                : ", which starts at the current folder, " +
                                                                      printable(fs::current_path(unknown).string()),
                            request_.resume ? fmt::format("; where the clips lie elsewhere now, add --set "
                                                          "data.{}.source=PATH, or root=FOLDER of a list",
                                                          name)
                                            : ""));
  }
}

void Trainer::open_sets(const ModelConfig& sizes) {
  train_set_ = open_set(config_.train, clip_options(config_, sizes, true), "train");
  if (!config_.val.source.empty()) {
    ClipOptions tested = clip_options(config_, sizes, false);
    if (config_.task == TaskKind::kClassify) tested.classes = train_set_->classes();
    val_set_ = open_set(config_.val, tested, "val");
    if (const auto shared = describe_shared_files(*train_set_, *val_set_); !shared.empty())
      request_.say("val: " + shared);
  }
  check_sets(config_, *train_set_, val_set_.get());
  data_ = fmt::format("{:016x}", train_set_->fingerprint());
  val_data_ = val_set_ ? fmt::format("{:016x}", val_set_->fingerprint()) : "";
}

// A run that took its sizes from start.from has them in its checkpoint too, and needs the start no more.
ModelConfig Trainer::sizes_of_run() const {
  if (!checkpoint_ || !config_.size.empty() || config_.start.from.empty()) return model_sizes(config_.wanted_model());
  const nlohmann::json kept = parse_json(print_model_config(checkpoint_->config), folder_);
  nlohmann::json said = kept;
  said.update(nlohmann::json(config_.model), /*merge_objects=*/true);
  if (config_.task != TaskKind::kClassify) said["head_dim"] = kept.at("head_dim");  // there is no head
  if (said != kept)
    fail_input(folder_, "{}", model_change(checkpoint_->config, parse_model_config(said.dump(), folder_).config));
  return checkpoint_->config;
}

void Trainer::build_model() {
  model_ = std::make_shared<model::TRecViT>(model_config_);
  if (checkpoint_) return model_->to(open_device(config_.run.device));  // which has all weights
  const bool scratch = config_.start.from.empty();
  const StartWeights chosen = config_.start.initialiser;
  const bool published = chosen == StartWeights::kAuto ? !scratch : chosen == StartWeights::kPublished;
  model::initialise(*model_, published ? model::Initialiser::kPublished : model::Initialiser::kScratch, config_.seed);
  if (!scratch) {
    const StartingPoint start =
        open_starting_point(config_.start.from, model_config_, {config_.start.mean, config_.start.std});
    model::load_matching_weights(*model_, *start.weights, start.missing);
    request_.say(fmt::format("start: {} {}, {} tensors new", start.kind, config_.start.from, start.missing.size()));
    for (const auto& note : start.notes) request_.say("start: " + note);
  }
  if (config_.start.probe != ProbeKind::kNone && model_config_.has_head()) {
    // A head that nobody trains must not look like one that was.
    const at::NoGradGuard no_grad;
    for (auto& entry : model_->decoder->head->named_parameters()) entry.value().zero_();
  }
  model_->to(open_device(config_.run.device));
}

void copy_into(const std::map<std::string, Tensor>& to, const std::map<std::string, Tensor>& from) {
  const at::NoGradGuard no_grad;
  for (const auto& [name, tensor] : to) {
    const auto found = from.find(name);
    if (found == from.end() || found->second.sizes() != tensor.sizes())
      fail_input("checkpoint", "expected {} as this run has it, got {}", name,
                 found == from.end() ? "none" : "another shape");
    Tensor(tensor).copy_(found->second);
  }
}

// Of a run that goes on: with others the same steps would be other steps.
Json Trainer::what_must_not_change() const {
  return {{"seed", config_.seed},  {"samples", train_set_->size()}, {"data", data_},
          {"val_data", val_data_}, {"batch", config_.run.batch},    {"accumulate", config_.optimizer.accumulate}};
}

// Compares the settings with those of the checkpoint. Returns the sentence of those that make the steps to come other
// ones; empty where there are none, nothing where no step is to come: then they are not kept either.
std::optional<std::string> Trainer::accepted_changes() const {
  if (!checkpoint_) return "";
  const Json before = checkpoint_->state.value("settings", Json::object());
  std::vector<std::string> later, by_hand;
  for (const auto& [key, old, now] : differences(before, config_)) {
    const Effect effect = effect_of(key);
    if (effect == Effect::kNone) continue;
    const bool asked = request_.changed.contains(key);
    // A length in epochs is one of steps too.
    const bool counted = key == "run.steps" && old == "0";
    const std::string was = counted ? std::to_string(checkpoint_->state.value("steps", steps_)) : old;
    if (asked) later.push_back(fmt::format("{} = {} ({} before)", key, now, was));
    if (request_.edited && !asked)
      by_hand.push_back(
          fmt::format("{} = {} as in the checkpoint, got {}{}", key, old, now,
                      effect == Effect::kLater ? fmt::format(" (change it with --set {}={})", key, now) : ""));
  }
  if (!by_hand.empty())
    fail_usage(printable(path("config.toml")),
               "expected {}; the file was changed by hand: put back what it said, or begin another run with --config",
               fmt::join(by_hand, ", and "));
  const int64_t steps = checkpoint_->state.value("steps", steps_);
  const bool longer = request_.changed.contains("run.steps") || request_.changed.contains("run.epochs");
  if (before.empty() && steps != steps_ && !longer)
    fail_input(folder_, "expected steps = {} as in the checkpoint, got {}", steps, steps_);
  if (steps_ < checkpoint_->step)
    fail_usage("run.steps", "expected at least the {} steps that are done, got {}", checkpoint_->step, steps_);
  if (!later.empty() && steps_ == checkpoint_->step) {
    for (const auto& key : request_.changed) {
      if (effect_of(key) == Effect::kNone)
        fail_usage("run.steps", "expected more than the {} steps that are done for {}, got as many; leave it out",
                   steps_, fmt::join(later, ", "));
    }
    request_.say(fmt::format("no step is left for {}: all {} are done; raise run.steps as well", fmt::join(later, ", "),
                             steps_));
    return std::nullopt;
  }
  return later.empty() ? "" : fmt::format("goes on with {}", fmt::join(later, ", "));
}

// A run that ended would begin anew, over its own models.
void Trainer::refuse_lost_checkpoints() const {
  const auto last = ended_after(folder_);
  std::error_code unknown;
  if (!last && !fs::exists(path("model/model.safetensors"), unknown)) return;
  fail_input(printable(path("checkpoints")),
             "expected the checkpoint of a run that ended{}, got none; put the folder back, or begin another run with "
             "--config {}",
             last ? fmt::format(" after step {}", *last) : "", shell_word(path("config.toml")));
}

void Trainer::resume() {
  const Checkpoint& checkpoint = *checkpoint_;
  const Json& state = checkpoint.state;
  if (checkpoint.config != model_config_) fail_input(folder_, "{}", model_change(checkpoint.config, model_config_));
  const Json now = what_must_not_change();
  for (const auto& [key, value] : now.items()) {
    const Json saved = state.value(key, Json());
    if (saved.is_null()) continue;  // of a version that did not know it
    if (saved != value)
      fail_input(folder_, "expected {} = {} as in the checkpoint, got {}; has the {} set changed?", key, saved.dump(),
                 value.dump(), key == "val_data" ? "test" : "training");
  }
  copy_into(stepper_->weights_to_keep(), checkpoint.model);
  copy_into(stepper_->state(), checkpoint.training);
  step_ = checkpoint.step;
  saved_ = step_;
  set_aside_checkpoints_after(path("checkpoints"), step_);
  for (const char* name : {"", "best", "model", "pictures"}) remove_unfinished_files(path(name));
  skipped_ = state.value("skipped", int64_t{0});
  skipped_in_a_row_ = state.value("skipped_in_a_row", int64_t{0});
  evaluation_logged_ = state.value("evaluated", int64_t{-1});
  settled_ = state.value("settled", evaluation_logged_);
  drawing_logged_ = state.value("drawn", int64_t{-1});
  known_bad_ = state.value("bad", std::set<int64_t>{});
  seconds_before_ = state.value("seconds", 0.0);
  restore_best(state);
  request_.say(fmt::format("resuming after step {} of {}{}", step_, steps_,
                           best_ ? "; best model so far: " + describe(*best_) : ""));
  checkpoint_.reset();
}

// The score that the next test has to beat, and what best/ holds. They differ where best/ is of a step after the
// checkpoint, which comes again.
void Trainer::restore_best(const Json& state) {
  std::error_code unknown;
  if (!fs::exists(path("best/model.safetensors"), unknown)) return;
  best_score_ = state.value("best_score", best_score_);
  if (state.contains("best")) {
    const Json& best = state.at("best");
    best_ = {best.at("step").get<int64_t>(), best.at("measure").get<std::string>(), best.at("value").get<double>()};
  }
  const auto kept = read_kept_best(path("best"));
  if (!kept) return;
  best_ = kept->model;
  if (kept->model.step <= step_) best_score_ = kept->score;
}

// change: an empty sentence, or one that the log records.
void Trainer::open_log(const Json& unlogged, const std::string& change) {
  std::error_code unknown;
  if (!fs::exists(path("config.toml"), unknown)) {
    AtomicFile file(path("config.toml"), Overwrite::kNo);
    file.write(stamped_config(config_));
    file.commit();
  }
  log_ = std::make_unique<RunLog>(folder_, RunLog::Done{step_, evaluation_logged_ == step_}, *task_);
  std::vector<std::string> lines;
  if (!change.empty()) {
    request_.say(change);
    lines.push_back(note_line(step_, change));
  }
  log_->restore(unlogged, lines);
}

RunFacts Trainer::facts() const {
  const std::chrono::duration<double> here = std::chrono::steady_clock::now() - began_;
  return {config_, model_config_, train_set_->size(), steps_, step_, seconds_before_ + here.count(), best_};
}

void Trainer::save() {
  if (saved_ == step_) return;
  Checkpoint checkpoint;
  checkpoint.step = step_;
  checkpoint.config = model_config_;
  checkpoint.model = stepper_->weights_to_keep();
  checkpoint.training = stepper_->state();
  checkpoint.state = what_must_not_change();
  checkpoint.state.update({{"steps", steps_},
                           {"best_score", best_score_},
                           {"skipped", skipped_},
                           {"skipped_in_a_row", skipped_in_a_row_},
                           {"evaluated", evaluation_logged_},
                           {"settled", settled_},
                           {"drawn", drawing_logged_},
                           {"bad", known_bad_},
                           {"seconds", facts().seconds},
                           {"unlogged", log_->unlogged()},
                           {"settings", settings_of(config_)}});
  if (best_) checkpoint.state["best"] = to_json(*best_);
  log_->sync();
  save_checkpoint(path("checkpoints"), checkpoint);
  prune_checkpoints(path("checkpoints"), config_.run.keep);
  saved_ = step_;
}

void Trainer::handle_not_finite(const StepResult& result) {
  if (!result.broken.empty()) {
    fail(ErrorKind::kCheckFailed, "training",
         "expected finite weights after step {}, got others in {}; nothing of them is kept, {}; --resume with a lower "
         "rate, --set optimizer.learning_rate={:g}, may help",
         step_ + 1, result.broken,
         saved_ < 0 ? "there is no checkpoint yet" : fmt::format("the last checkpoint is of step {}", saved_),
         config_.optimizer.learning_rate / 2);
  }
  if (result.not_finite.empty()) {
    skipped_in_a_row_ = 0;
    return;
  }
  const std::string what = fmt::format("step {}: {} is not finite", step_ + 1, result.not_finite);
  if (config_.run.on_nan == OnNan::kSkip && ++skipped_in_a_row_ < kMostSkipped) {
    ++skipped_;
    log_->note(step_ + 1, what + "; skipped");
    return request_.say(what + "; skipped");
  }
  save();
  fail(ErrorKind::kCheckFailed, "training",
       "expected finite numbers, got {}{}; the weights before it are kept, --resume with a lower rate, --set "
       "optimizer.learning_rate={:g},{} may help",
       what, skipped_in_a_row_ > 0 ? fmt::format(", and so in the {} steps before", skipped_in_a_row_ - 1) : "",
       config_.optimizer.learning_rate / 2, skipped_in_a_row_ > 0 ? "" : " or with --set run.on_nan=skip");
}

void Trainer::log_step(const StepResult& result, const Loader& loader) {
  known_bad_ = loader.bad_samples();
  for (; reported_bad_ < loader.bad().size(); ++reported_bad_) {
    const auto& [name, reason] = loader.bad()[reported_bad_];
    log_->note(step_, "bad file: " + reason);
    if (reported_bad_ < kBadFilesSaid) request_.say("bad file: " + reason);
    if (reported_bad_ == kBadFilesSaid) request_.say("more bad files: log.jsonl names them all");
  }
  for (const auto& outlier : result.outliers) log_->note(step_, "outlier gradient: " + outlier);
  if (!due(config_.run.log_every) && step_ != steps_) return log_->flush();
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - logged_at_).count();
  const auto clips = (step_ - logged_step_) * config_.run.batch * config_.optimizer.accumulate;
  log_->step(step_, result, {static_cast<double>(clips) / seconds, (loader.waited_seconds() - logged_wait_) / seconds});
  restart_clock(loader);
  log_->flush();
}

void Trainer::restart_clock(const Loader& loader) {
  logged_at_ = std::chrono::steady_clock::now();
  logged_step_ = step_;
  logged_wait_ = loader.waited_seconds();
}

// False where it was stopped before its end: nothing is known then, and a run that goes on tests anew.
bool Trainer::evaluate_now() {
  if (!val_set_ || evaluated_ == step_) return true;
  const MeanInPlace mean(*stepper_);
  if (progress_) progress_->hide();
  Progress shown(request_.progress, {"test " + config_.name, "clips", val_set_->size() * val_set_->views()});
  TestWatch watch(shown, [this] { return request_.stop(step_); });
  try {
    tested_ = read_clips([&] { return task_->test(*val_set_, watch.control()); });
  } catch (const Stopped&) {
    return false;
  }
  evaluated_ = step_;
  if (evaluation_logged_ != step_) log_->evaluation(step_, *tested_);
  evaluation_logged_ = step_;
  log_->flush();
  if (config_.run.sheet_every == 0) draw_with_weights_in_place();
  keep_if_best();
  settled_ = step_;
  return true;
}

// With the weights in place. The score counts once the model is on disk: a run that was stopped in between tests anew.
void Trainer::keep_if_best() {
  if (tested_->count == 0 || tested_->score <= best_score_) return;
  const KeptBest best{{step_, tested_->measure, tested_->measured}, tested_->score};
  save_model("best", best);
  best_score_ = best.score;
  best_ = best.model;
  write_run_facts(folder_, facts());
}

void Trainer::draw() {
  const MeanInPlace mean(*stepper_);
  draw_with_weights_in_place();
}

void Trainer::draw_with_weights_in_place() {
  if (drawn_ == step_) return;
  drawn_ = step_;
  for (const auto& [name, picture] : task_->draw(shown_set()))
    log_->picture(step_, name, picture, drawing_logged_ != step_);
  drawing_logged_ = step_;
}

void Trainer::save_film() {
  constexpr double kFps = 8;  // slow enough to see what moves
  // What was learnt is kept already: no failure of a film is one of the run.
  try {
    const MeanInPlace mean(*stepper_);
    const auto film = task_->film(shown_set());
    if (!film) return;
    VideoWriter writer(path(("pictures/" + film->name + ".mp4").c_str()),
                       {film->height, film->width, kFps, Overwrite::kYes});
    for (const auto& frame : film->frames)
      writer.add({frame.data(), PixelType::kU8, film->height, film->width, ptrdiff_t{3} * film->width});
    writer.finish();
  } catch (const std::exception& error) {
    request_.say(fmt::format("no film: {}", error.what()));
  }
}

void Trainer::save_model(const char* name, const std::optional<KeptBest>& best) const {
  // The probe or decoder next to the network belongs to it: both appear at once.
  AtomicFolder folder(path(name), Overwrite::kYes);
  write_model_files(folder.writing(), model_config_, model::ModelWeights(*model_));
  task_->save_beside(folder.writing());
  if (best) write_kept_best(folder.writing(), *best);
  folder.commit();
}

bool Trainer::finish() {
  if (!evaluate_now()) return false;
  draw();
  save();
  {
    const MeanInPlace mean(*stepper_);
    save_model("model");
  }
  log_->flush();
  log_->sync();
  RunFacts facts = this->facts();
  facts.ended = true;
  write_run_facts(folder_, facts);
  write_run_report(folder_, facts, *task_, tested_ ? &*tested_ : nullptr);
  save_film();
  if (skipped_ > 0) request_.say(fmt::format("{} steps were not finite and skipped", skipped_));
  return true;
}

// Whether there was anything left to do, and it was done.
bool Trainer::step_once(Loader& loader) {
  if (step_ >= steps_) return false;
  std::vector<Batch> batches;
  for (int64_t i = 0; i < config_.optimizer.accumulate; ++i)
    batches.push_back(*read_clips([&] { return loader.next(); }));
  const StepResult result = stepper_->run(batches, step_, [this] { return request_.stop(step_); });
  if (result.stopped) return false;
  handle_not_finite(result);
  ++step_;
  log_step(result, loader);
  if (!look_if_due(loader)) return false;
  if (due(config_.run.save_every)) save();
  return true;
}

// A test, a sheet. False where the test was stopped.
bool Trainer::look_if_due(const Loader& loader) {
  const bool sheet_due = due(config_.run.sheet_every);
  if (!test_due() && !sheet_due) return true;
  const bool done = !test_due() || evaluate_now();
  if (done && sheet_due) draw();
  restart_clock(loader);
  return done;
}

// Whether a run that goes on was stopped before all that follows from its last step was done.
bool Trainer::look_is_left() const {
  if (step_ == 0) return false;
  const bool test_left = val_set_ && test_due() && settled_ != step_;
  return test_left || (due(config_.run.sheet_every) && drawing_logged_ != step_);
}

// What was learnt is kept where the data, of training or of a test, or the disk do not let it go on.
TrainOutcome Trainer::run() {
  try {
    return run_to_the_end();
  } catch (const Error& error) {
    if (step_ == 0 || (error.kind() != ErrorKind::kInput && error.kind() != ErrorKind::kResource)) throw;
    save_and_rethrow(error);
  }
}

void Trainer::save_and_rethrow(const Error& error) {
  try {
    save();
  } catch (const Error& again) {
    throw Error(
        error.kind(),
        fmt::format("{}; nor could the run be saved after step {} ({}); {}", error.what(), step_, again.what(),
                    saved_ < 0 ? "there is no checkpoint yet"
                               : fmt::format("--resume={} goes on after step {}", shell_word(folder_), saved_)));
  }
  const bool of_clips = dynamic_cast<const ClipError*>(&error) != nullptr;
  throw Error(
      error.kind(),
      fmt::format("{}; the run is saved after step {}, --resume={} {}", error.what(), step_, shell_word(folder_),
                  of_clips ? "with --set loader.bad_files=skip, or a larger loader.bad_limit, goes on without "
                             "such files, and with --set data.train.root=FOLDER where they lie elsewhere now"
                           : "goes on"));
}

TrainOutcome Trainer::run_to_the_end() {
  LoaderOptions loading;
  loading.order = config_.loader.balanced ? Order::kBalanced : Order::kShuffled;
  loading.seed = config_.seed;
  loading.batch = config_.run.batch;
  loading.workers = config_.loader.workers;
  loading.prefetch = config_.loader.prefetch;
  loading.bad_files = config_.loader.bad_files;
  loading.bad_limit = config_.loader.bad_limit;
  loading.known_bad = known_bad_;
  loading.first_batch = step_ * config_.optimizer.accumulate;
  loading.frames = {config_.clip.order, config_.clip.frames, config_.objective.target == TargetKind::kFrame, true};
  Loader loader(*train_set_, loading);
  progress_.emplace(request_.progress, Work{"train " + config_.name, "steps", steps_, step_});
  restart_clock(loader);
  // A run that was stopped in a test begins with it.
  bool going = !look_is_left() || look_if_due(loader);
  while (going && !request_.stop(step_)) {
    going = step_once(loader);
    const auto shown = log_->shown();
    if (going) progress_->advance(1, shown);
  }
  progress_.reset();
  for (const auto& line : train_set_->remarks()) request_.say("train: " + line);
  TrainOutcome outcome;
  outcome.stopped = step_ < steps_;
  outcome.step = step_;
  outcome.steps = steps_;
  if (!outcome.stopped) outcome.stopped = !finish();
  for (const auto& line : val_set_ ? val_set_->remarks() : std::vector<std::string>()) request_.say("val: " + line);
  outcome.best = best_;
  if (outcome.stopped) {
    save();
    log_->sync();
    write_run_facts(folder_, facts());
    return outcome;
  }
  outcome.test = tested_;
  return outcome;
}

}  // namespace

TrainOutcome train(const TrainRequest& request) {
  try {
    return Trainer(request).run();
  } catch (const c10::Error& error) {
    // LibTorch's allocator has an error of its own for memory that is not there.
    const std::string what = error.what_without_backtrace();
    if (what.find("allocate memory") == std::string::npos && what.find("out of memory") == std::string::npos) throw;
    fail(ErrorKind::kResource, "memory",
         "expected more memory for a step, got none; a smaller run.batch, run.recompute = true or a run.chunk of "
         "some frames needs less");
  }
}

}  // namespace trecvit::train
