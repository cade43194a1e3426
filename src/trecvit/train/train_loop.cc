#include "trecvit/train/train_loop.h"

#include "trecvit/base/shell_word.h"
#include "trecvit/base/stop.h"

namespace trecvit::train {
namespace {

constexpr int64_t kMostSkipped = 20;  // consecutive steps that are not finite
constexpr size_t kBadFilesSaid = 10;  // shown at the terminal

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

}  // namespace

TrainOutcome TrainLoop::run_to_the_end() {
  Loader loader(*setup_.train_set, loading());
  progress_.emplace(request_.progress, Work{"train " + config_.name, "steps", setup_.steps, position_.step});
  clock_.restart(position_.step, loader);
  // A run that was stopped during a test starts with that test.
  bool going = !test_or_sheet_is_left() || test_and_paint_if_due(loader);
  while (going && !stop_asked()) {
    going = step_once(loader);
    if (going) progress_->advance(1, writer_.shown());
  }
  progress_.reset();
  for (const auto& line : setup_.train_set->remarks()) request_.say("train: " + line);
  TrainOutcome outcome;
  outcome.folder = writer_.folder();
  outcome.step = position_.step;
  outcome.steps = setup_.steps;
  outcome.stopped = position_.step < setup_.steps || !finish();
  if (setup_.val_set) {
    for (const auto& line : setup_.val_set->remarks()) request_.say("val: " + line);
  }
  outcome.best = position_.best;
  if (outcome.stopped) {
    writer_.save(now());
    writer_.sync();
    writer_.facts(now());
    return outcome;
  }
  outcome.test = test_;
  return outcome;
}

// Returns whether there was a step left to do and it was completed.
bool TrainLoop::step_once(Loader& loader) {
  if (position_.step >= setup_.steps) return false;
  std::vector<Batch> batches;
  for (int64_t i = 0; i < config_.optimizer.accumulate; ++i)
    batches.push_back(*read_clips([&] { return loader.next(); }));
  const StepResult result = setup_.step->run(batches, position_.step, {request_.steps_done, request_.stop});
  if (result.stopped) return false;
  handle_not_finite(result);
  ++position_.step;
  log_step(result, loader);
  if (request_.steps_done) request_.steps_done->advance(1);
  if (!test_and_paint_if_due(loader)) return false;
  if (due(config_.run.save_every)) writer_.save(now());
  return true;
}

// Runs a test and a sheet if they are due. False if the test was stopped.
bool TrainLoop::test_and_paint_if_due(const Loader& loader) {
  const bool sheet_due = due(config_.run.sheet_every);
  if (!test_due() && !sheet_due) return true;
  const bool done = !test_due() || test_now();
  if (done && sheet_due) paint();
  clock_.restart(position_.step, loader);
  return done;
}

// Whether a resumed run was stopped before everything due after its last step was done.
bool TrainLoop::test_or_sheet_is_left() const {
  if (position_.step == 0) return false;
  const bool test_left = setup_.val_set && test_due() && position_.settled != position_.step;
  return test_left || (due(config_.run.sheet_every) && position_.painted != position_.step);
}

// False if it was stopped early: then there is no result, and a resumed run tests again.
bool TrainLoop::test_now() {
  if (!setup_.val_set || tested_here_ == position_.step) return true;
  const MeanInPlace mean(*setup_.step);
  if (progress_) progress_->hide();
  Progress shown(request_.progress,
                 {"test " + config_.name, "clips", setup_.val_set->size() * setup_.val_set->views()});
  bool stopped = false;
  try {
    test_ = read_clips([&] { return setup_.task->test(*setup_.val_set, {&shown, request_.stop}); });
  } catch (const Stopped&) {
    stopped = true;
  }
  if (group_.any(stopped)) return false;
  tested_here_ = position_.step;
  if (position_.tested != position_.step) writer_.test(position_.step, *test_);
  position_.tested = position_.step;
  writer_.flush();
  if (config_.run.sheet_every == 0) paint_with_weights_in_place();
  if (test_->count > 0 && test_->score > position_.best_score) {
    // The score counts once the model is on disk: a run that was stopped in between tests again.
    const report::KeptBest best{{position_.step, test_->measure, test_->measured}, test_->score};
    writer_.save_best(best);
    position_.best_score = best.score;
    position_.best = best.model;
    writer_.facts(now());
  }
  position_.settled = position_.step;
  return true;
}

void TrainLoop::paint() {
  const MeanInPlace mean(*setup_.step);
  paint_with_weights_in_place();
}

void TrainLoop::paint_with_weights_in_place() {
  if (painted_here_ == position_.step) return;
  painted_here_ = position_.step;
  writer_.pictures(position_.step, setup_.task->paint(setup_.shown_set()), position_.painted != position_.step);
  position_.painted = position_.step;
}

bool TrainLoop::finish() {
  if (!test_now()) return false;
  paint();
  writer_.save(now());
  {
    const MeanInPlace mean(*setup_.step);
    writer_.save_model();
  }
  writer_.flush();
  writer_.sync();
  writer_.end(now(), test_ ? &*test_ : nullptr);
  save_film();
  if (position_.skipped > 0)
    request_.say(fmt::format("{} steps were skipped because they were not finite", position_.skipped));
  return true;
}

// What was learnt is already saved, so a failed film does not make the run fail.
void TrainLoop::save_film() {
  try {
    const MeanInPlace mean(*setup_.step);
    if (const auto film = setup_.task->film(setup_.shown_set())) writer_.film(*film);
  } catch (const std::exception& error) {
    request_.say(fmt::format("no film: {}", error.what()));
  }
}

void TrainLoop::log_step(const StepResult& result, const Loader& loader) {
  const int64_t step = position_.step;
  position_.bad_samples = loader.bad_samples();
  for (; bad_files_said_ < loader.bad().size(); ++bad_files_said_) {
    const auto& [name, reason] = loader.bad()[bad_files_said_];
    writer_.note(step, "bad file: " + reason);
    if (bad_files_said_ < kBadFilesSaid) request_.say("bad file: " + reason);
    if (bad_files_said_ == kBadFilesSaid) request_.say("more bad files: log.jsonl lists them all");
  }
  for (const auto& outlier : result.outliers) writer_.note(step, "outlier gradient: " + outlier);
  if (due(config_.run.log_every) || step == setup_.steps) {
    const int64_t clips = config_.run.batch * config_.optimizer.accumulate * group_.size();
    writer_.step(step, result, clock_.rate(step, clips, loader));
    clock_.restart(step, loader);
  }
  writer_.flush();
}

void TrainLoop::handle_not_finite(const StepResult& result) {
  if (!result.broken.empty()) {
    fail(ErrorKind::kCheckFailed, "training",
         "expected finite weights after step {}, got NaN or infinity in {}; they are not saved, {}; --resume with a "
         "lower rate, --set optimizer.learning_rate={:g}, may help",
         position_.step + 1, result.broken,
         writer_.saved() < 0 ? "there is no checkpoint yet"
                             : fmt::format("the last checkpoint is from step {}", writer_.saved()),
         config_.optimizer.learning_rate / 2);
  }
  if (result.not_finite.empty()) {
    position_.skipped_in_a_row = 0;
    return;
  }
  const std::string what = fmt::format("step {}: {} is not finite", position_.step + 1, result.not_finite);
  const int64_t before = position_.skipped_in_a_row;
  if (config_.run.on_nan == OnNan::kSkip && before + 1 < kMostSkipped) {
    writer_.note(position_.step + 1, what + "; skipped");
    request_.say(what + "; skipped");
    ++position_.skipped;
    ++position_.skipped_in_a_row;
    return;
  }
  writer_.save(now());
  fail(ErrorKind::kCheckFailed, "training",
       "expected finite numbers, got {}{}; the weights before it are saved, --resume with a lower rate, --set "
       "optimizer.learning_rate={:g},{} may help",
       what, before > 0 ? fmt::format(", as in the {} steps before", before) : "", config_.optimizer.learning_rate / 2,
       before > 0 ? "" : " or with --set run.on_nan=skip");
}

void TrainLoop::save_and_rethrow(const Error& error) {
  const std::string folder = shell_word(writer_.folder());
  try {
    writer_.save(now());
  } catch (const Error& again) {
    throw Error(error.kind(), fmt::format("{}; the run could not be saved after step {} either ({}); {}", error.what(),
                                          position_.step, again.what(),
                                          writer_.saved() < 0 ? "there is no checkpoint yet"
                                                              : fmt::format("--resume={} continues after step {}",
                                                                            folder, writer_.saved())));
  }
  const bool of_clips = dynamic_cast<const ClipError*>(&error) != nullptr;
  throw Error(error.kind(),
              fmt::format("{}; the run is saved after step {}, --resume={} {}", error.what(), position_.step, folder,
                          of_clips ? "with --set loader.bad_files=skip, or a larger loader.bad_limit, continues "
                                     "without such files; if they lie elsewhere now, add --set data.train.root=FOLDER"
                                   : "continues"));
}

LoaderOptions TrainLoop::loading() const {
  LoaderOptions options;
  options.order = config_.loader.balanced ? Order::kBalanced : Order::kShuffled;
  options.seed = config_.seed;
  options.batch = config_.run.batch;
  options.workers = config_.loader.workers;
  options.prefetch = config_.loader.prefetch;
  options.bad_files = config_.loader.bad_files;
  options.bad_limit = config_.loader.bad_limit;
  options.known_bad = position_.bad_samples;
  options.first_batch = position_.step * config_.optimizer.accumulate;
  options.part = group_.rank();
  options.parts = group_.size();
  options.frames = {config_.clip.order, config_.clip.frames, config_.objective.target == TargetKind::kFrame, true};
  return options;
}

const RunPosition& TrainLoop::now() {
  position_.seconds = seconds_before_ + watch_.seconds();
  return position_;
}

}  // namespace trecvit::train
