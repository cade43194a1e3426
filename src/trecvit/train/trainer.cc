#include "trecvit/train/trainer.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>
#include <set>
#include <thread>

#include "trecvit/base/error.h"
#include "trecvit/config/config_json.h"
#include "trecvit/model/initialise.h"
#include "trecvit/model/model_weights.h"
#include "trecvit/train/plan.h"
#include "trecvit/train/resolve.h"
#include "trecvit/train/run_report.h"
#include "trecvit/weights/model_files.h"
#include "trecvit/weights/starting_point.h"

namespace trecvit::train {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMistakes = 12;  // shown in the report

class Trainer {
 public:
  explicit Trainer(const TrainRequest& request);
  TrainOutcome run();

 private:
  ModelConfig sizes_of_run() const;
  void build_model();
  void resume();
  void save();
  void save_model(const char* name) const;
  bool step_once(Loader& loader);
  void handle_not_finite(const StepResult& result);
  void log_step(const StepResult& result, const Loader& loader);
  void evaluate_now();
  void finish();
  bool due(int64_t every) const { return every > 0 && step_ % every == 0; }
  std::string path(const char* name) const { return (fs::path(folder_) / name).string(); }

  const TrainRequest& request_;
  std::string folder_;
  TrainConfig config_;
  std::unique_ptr<ClipDataset> train_set_, val_set_;
  ModelConfig model_config_;
  std::shared_ptr<model::TRecViT> model_;
  std::unique_ptr<TrainStep> stepper_;
  std::unique_ptr<RunLog> log_;
  std::optional<Checkpoint> checkpoint_;  // to go on from, until its tensors are copied
  int64_t step_ = 0, steps_ = 0, saved_ = -1, skipped_ = 0;
  int64_t evaluated_ = -1, evaluation_logged_ = -1;  // the newest step of each
  double best_score_ = -1;
  size_t reported_bad_ = 0;
  std::set<int64_t> known_bad_;  // samples that could not be read
  Evaluation evaluation_;
  std::chrono::steady_clock::time_point logged_at_ = std::chrono::steady_clock::now();
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

void use_threads(int64_t threads) {
  at::set_num_threads(static_cast<int>(threads));
  // Decaying states and moments become denormal numbers, which cost tens of times as much.
  at::parallel_for(0, threads, 1, [](int64_t, int64_t) { at::globalContext().setFlushDenormal(true); });
}

// [C] weights by inverse frequency, their mean over the samples one.
Tensor class_weights(const ClipDataset& set) {
  std::vector<float> counts(set.classes().size(), 0);
  for (int64_t i = 0; i < set.size(); ++i) counts[static_cast<size_t>(set.info(i).label)] += 1;
  Tensor weights = at::zeros({static_cast<int64_t>(counts.size())});
  const auto occurring = static_cast<float>(std::count_if(counts.begin(), counts.end(), [](float n) { return n > 0; }));
  for (size_t c = 0; c < counts.size(); ++c) {
    if (counts[c] > 0) weights[static_cast<int64_t>(c)] = static_cast<float>(set.size()) / (occurring * counts[c]);
  }
  return weights;
}

Trainer::Trainer(const TrainRequest& request) : request_(request), config_(request.config) {
  if (config_.run.threads == 0) config_.run.threads = std::max(1U, std::thread::hardware_concurrency());
  use_threads(config_.run.threads);
  if (request_.resume) {
    folder_ = request_.folder();
    checkpoint_ = newest_checkpoint(path("checkpoints"), request_.say);
  }
  const ModelConfig sizes = sizes_of_run();
  train_set_ = open_dataset(config_.train, clip_options(config_, sizes, true));
  for (const auto& line : train_set_->summary()) request_.say("train: " + line);
  if (!config_.val.source.empty()) {
    val_set_ = open_dataset(config_.val, clip_options(config_, sizes, false));
    for (const auto& line : val_set_->summary()) request_.say("val: " + line);
    if (val_set_->classes() != train_set_->classes())
      fail_usage("data", "expected the same classes in data.train and data.val, got {} and {}",
                 train_set_->classes().size(), val_set_->classes().size());
  }
  model_config_ = resolve_model(config_, sizes, train_set_->classes());
  steps_ = resolve_steps(config_, train_set_->size());
  const Plan plan = make_plan(config_, model_config_, steps_, measure_gflops(model_config_));
  for (const auto& line : describe(plan, model_config_)) request_.say(line);
  build_model();
  stepper_ = std::make_unique<TrainStep>(config_, model_, steps_,
                                         config_.objective.class_weights ? class_weights(*train_set_) : Tensor());
  if (folder_.empty()) folder_ = request_.folder();
  if (request_.resume) resume();
  log_ = std::make_unique<RunLog>(folder_, step_);
  log_->describe(config_, model_config_, train_set_->size());
  logged_step_ = step_;
}

// A run that took its sizes from start.from has them in its checkpoint too, and needs the start no more.
ModelConfig Trainer::sizes_of_run() const {
  if (!checkpoint_ || !config_.size.empty() || config_.start.from.empty()) return model_sizes(config_);
  const nlohmann::json kept = parse_json(print_model_config(checkpoint_->config), folder_);
  nlohmann::json said = kept;
  said.update(nlohmann::json(config_.model), /*merge_objects=*/true);
  if (said != kept) fail_input(folder_, "expected the model of this run in its checkpoint, got another");
  return checkpoint_->config;
}

void Trainer::build_model() {
  model_ = std::make_shared<model::TRecViT>(model_config_);
  if (checkpoint_) return model_->to(parse_device(config_.run.device));  // which has all weights
  const bool scratch = config_.start.from.empty();
  const std::string chosen = config_.start.initialiser != "auto" ? config_.start.initialiser
                             : scratch                           ? "scratch"
                                                                 : "published";
  model::initialise(*model_, model::parse_initialiser(chosen, "start.initialiser"), config_.seed);
  if (!scratch) {
    const StartingPoint start =
        open_starting_point(config_.start.from, model_config_, {config_.start.mean, config_.start.std});
    model::load_matching_weights(*model_, *start.weights, start.missing);
    request_.say(fmt::format("start: {} {}, {} tensors new", start.kind, config_.start.from, start.missing.size()));
    for (const auto& note : start.notes) request_.say("start: " + note);
  }
  if (config_.start.probe != ProbeKind::kNone) {
    // A head that nobody trains must not look like one that was.
    const at::NoGradGuard no_grad;
    for (auto& entry : model_->decoder->head->named_parameters()) entry.value().zero_();
  }
  model_->to(parse_device(config_.run.device));
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

void Trainer::resume() {
  if (!checkpoint_) return request_.say("no checkpoint yet: beginning");
  const Checkpoint& checkpoint = *checkpoint_;
  if (checkpoint.config != model_config_)
    fail_input(folder_, "expected the model of this run in its checkpoint, got another");
  for (const auto& [key, value] : {std::pair<std::string, Json>{"seed", config_.seed}, {"steps", steps_}}) {
    const Json saved = checkpoint.state.value(key, Json());
    if (saved != value)
      fail_input(folder_, "expected {} = {} as in the checkpoint, got {}; has the training set changed?", key,
                 saved.dump(), value.dump());
  }
  copy_into(stepper_->weights_to_keep(), checkpoint.model);
  copy_into(stepper_->state(), checkpoint.training);
  step_ = checkpoint.step;
  saved_ = step_;
  drop_checkpoints_after(path("checkpoints"), step_);
  best_score_ = checkpoint.state.value("best_score", -1.0);
  skipped_ = checkpoint.state.value("skipped", int64_t{0});
  evaluation_logged_ = checkpoint.state.value("evaluated", int64_t{-1});
  known_bad_ = checkpoint.state.value("bad", std::set<int64_t>{});
  request_.say(fmt::format("resuming after step {} of {}", step_, steps_));
  checkpoint_.reset();
}

void Trainer::save() {
  if (saved_ == step_) return;
  Checkpoint checkpoint;
  checkpoint.step = step_;
  checkpoint.config = model_config_;
  checkpoint.model = stepper_->weights_to_keep();
  checkpoint.training = stepper_->state();
  checkpoint.state = {
      {"seed", config_.seed},      {"steps", steps_},     {"batches", step_ * config_.optimizer.accumulate},
      {"best_score", best_score_}, {"skipped", skipped_}, {"evaluated", evaluation_logged_},
      {"bad", known_bad_}};
  log_->sync();
  save_checkpoint(path("checkpoints"), checkpoint);
  prune_checkpoints(path("checkpoints"), config_.run.keep);
  saved_ = step_;
}

void Trainer::handle_not_finite(const StepResult& result) {
  if (!result.broken.empty()) {
    fail(ErrorKind::kCheckFailed, "training",
         "expected finite weights after step {}, got others in {}; nothing of them is kept, the last checkpoint is of "
         "step {}; a lower optimizer.learning_rate may help",
         step_ + 1, result.broken, saved_);
  }
  if (result.not_finite.empty()) return;
  const std::string what = fmt::format("step {}: {} is not finite", step_ + 1, result.not_finite);
  if (config_.run.on_nan == "skip") {
    ++skipped_;
    log_->note(step_ + 1, what + "; skipped");
    return request_.say(what + "; skipped");
  }
  save();
  fail(ErrorKind::kCheckFailed, "training",
       "expected finite numbers, got {}; the weights before it are kept, a lower optimizer.learning_rate or "
       "run.on_nan=skip may help",
       what);
}

void Trainer::log_step(const StepResult& result, const Loader& loader) {
  known_bad_ = loader.bad_samples();
  for (; reported_bad_ < loader.bad().size(); ++reported_bad_) {
    const auto& [name, reason] = loader.bad()[reported_bad_];
    log_->note(step_, "bad file: " + reason);
  }
  for (const auto& outlier : result.outliers) log_->note(step_, "outlier gradient: " + outlier);
  if (!due(config_.run.log_every) && step_ != steps_) return;
  const auto now = std::chrono::steady_clock::now();
  const double seconds = std::chrono::duration<double>(now - logged_at_).count();
  const auto clips = (step_ - logged_step_) * config_.run.batch * config_.optimizer.accumulate;
  log_->step(step_, result, {static_cast<double>(clips) / seconds, (loader.waited_seconds() - logged_wait_) / seconds});
  logged_at_ = now;
  logged_step_ = step_;
  logged_wait_ = loader.waited_seconds();
}

void Trainer::evaluate_now() {
  if (!val_set_ || evaluated_ == step_) return;
  const MeanInPlace mean(*stepper_);
  EvaluateOptions options = evaluate_options(config_);
  options.mistakes = kMistakes;
  evaluation_ = evaluate(*val_set_, options, predict_with({*model_, stepper_->probe()}, config_));
  evaluated_ = step_;
  const auto& metrics = evaluation_.metrics;
  if (evaluation_logged_ != step_) log_->evaluation(step_, metrics);
  evaluation_logged_ = step_;
  const double score = metrics.mean_average_precision.value_or(metrics.balanced_accuracy);
  if (score > best_score_) {
    best_score_ = score;
    save_model("best");
  }
  logged_at_ = std::chrono::steady_clock::now();
  logged_step_ = step_;
}

void Trainer::save_model(const char* name) const {
  save_model_folder(path(name), model_config_, model::ModelWeights(*model_), Overwrite::kYes);
  if (stepper_->probe()) save_probe(path(name), *stepper_->probe());
}

void Trainer::finish() {
  evaluate_now();
  save();
  {
    const MeanInPlace mean(*stepper_);
    save_model("model");
  }
  log_->sync();
  write_run_report(folder_, config_, model_config_, evaluation_);
}

// Whether there was anything left to do.
bool Trainer::step_once(Loader& loader) {
  if (step_ >= steps_) return false;
  std::vector<Batch> batches;
  for (int64_t i = 0; i < config_.optimizer.accumulate; ++i) batches.push_back(*loader.next());
  const StepResult result = stepper_->run(batches, step_);
  handle_not_finite(result);
  ++step_;
  log_step(result, loader);
  if (due(config_.run.eval_every) || step_ == steps_) evaluate_now();
  if (due(config_.run.save_every)) save();
  return true;
}

TrainOutcome Trainer::run() {
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
  Progress progress(request_.progress, {"train " + config_.name, "steps", steps_ - step_});
  while (!request_.stop() && step_once(loader)) {
    const auto shown = log_->shown();
    progress.advance(1, shown);
  }
  TrainOutcome outcome{step_ < steps_, step_, steps_, {}};
  if (outcome.stopped) {
    save();
    log_->sync();
    return outcome;
  }
  finish();
  outcome.metrics = evaluation_.metrics;
  return outcome;
}

}  // namespace

namespace {

// As a clip is trained on: in parts, if the run has them.
Tensor logits_in_parts(const Classifier& classifier, const Tensor& clips, const TrainConfig& config) {
  const int64_t frames = clips.size(1), chunk = config.run.chunk > 0 ? config.run.chunk : frames;
  ClassifierState state;
  std::vector<Tensor> parts;
  for (int64_t begin = 0; begin < frames; begin += chunk) {
    const Tensor part = clips.narrow(1, begin, std::min(chunk, frames - begin));
    parts.push_back(look_at(classifier, part, state, config.objective.target).logits.to(at::kFloat));
  }
  return config.objective.target == TargetKind::kFrame ? at::cat(parts, 1) : parts.back();
}

}  // namespace

Predict predict_with(const Classifier& classifier, const TrainConfig& config) {
  return [classifier, &config](const Batch& batch) {
    const at::NoGradGuard no_grad;
    const at::Device device = classifier.model.decoder->head->kernel.device();
    const DeviceBatch input = to_device(batch, classifier.model.config(), device);
    const Autocast autocast(config.run.precision == "bf16", device);
    const Tensor logits = logits_in_parts(classifier, input.clips, config);
    const Tensor scores = (config.objective.multi_label ? logits.sigmoid() : logits.softmax(-1)).cpu().contiguous();
    const auto* values = scores.const_data_ptr<float>();
    return std::vector<float>(values, values + scores.numel());
  };
}

TrainOutcome train(const TrainRequest& request) { return Trainer(request).run(); }

}  // namespace trecvit::train
