#include "trecvit/train/tasks/classification.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "trecvit/base/error.h"
#include "trecvit/model/autocast.h"
#include "trecvit/report/frame_sheet.h"
#include "trecvit/train/device_clips.h"

namespace trecvit::train {
namespace {

constexpr int64_t kMistakes = 12;  // shown in the report

// Draws from the gamma distribution of shape `alpha` (Marsaglia and Tsang 2000). at: position in the random stream,
// advanced.
double gamma_draw(double alpha, const RandomStream& random, uint64_t& at) {
  if (alpha < 1) return gamma_draw(alpha + 1, random, at) * std::pow(random.unit(at++), 1 / alpha);
  const double d = alpha - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  while (true) {
    const double radius = std::sqrt(-2 * std::log(1 - random.unit(at++)));
    const double x = radius * std::cos(2 * std::numbers::pi * random.unit(at++));
    const double v = std::pow(1 + c * x, 3), u = random.unit(at++);
    if (v > 0 && std::log(u) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v;
  }
}

double beta_draw(double alpha, const RandomStream& random) {
  uint64_t at = 0;
  const double a = gamma_draw(alpha, random, at), b = gamma_draw(alpha, random, at);
  return a + b > 0 ? a / (a + b) : 0.5;
}

Tensor random_permutation(int64_t count, const RandomStream& random) {
  Tensor order = at::arange(count, at::kLong);
  auto* items = order.mutable_data_ptr<int64_t>();
  for (int64_t i = count; i > 1; --i)
    std::swap(items[i - 1], items[random.bits(static_cast<uint64_t>(i) + 1000) % static_cast<uint64_t>(i)]);
  return order;
}

template <typename Values>
Tensor borrowed(const Values& values, at::IntArrayRef shape, at::ScalarType type) {
  return at::from_blob(const_cast<void*>(static_cast<const void*>(values.data())), shape, type);
}

// As in training: in parts, if the run uses them.
Tensor logits_in_parts(const Classifier& classifier, const Tensor& clips, const TrainConfig& config) {
  const int64_t frames = clips.size(1), chunk = config.run.chunk > 0 ? config.run.chunk : frames;
  ClassifierState state;
  std::vector<Tensor> parts;
  for (int64_t begin = 0; begin < frames; begin += chunk) {
    const Tensor part = clips.narrow(1, begin, std::min(chunk, frames - begin));
    parts.push_back(run_classifier(classifier, part, state, config.objective.target).logits.to(at::kFloat));
  }
  return config.objective.target == TargetKind::kFrame ? at::cat(parts, 1) : parts.back();
}

Tensor dropped(const Tensor& x, double dropout) { return dropout > 0 ? at::dropout(x, dropout, /*train=*/true) : x; }

}  // namespace

DeviceBatch to_device(const Batch& batch, const ModelConfig& config, const at::Device& device, TargetKind target) {
  DeviceBatch out;
  out.clips = clips_to_device(batch, config, device);
  const int64_t b = batch.clips, frames = out.clips.size(1);
  const std::vector<int64_t> shape = target == TargetKind::kFrame ? std::vector<int64_t>{b, frames, config.num_classes}
                                                                  : std::vector<int64_t>{b, config.num_classes};
  TRECVIT_CHECK(static_cast<int64_t>(batch.targets.size()) == c10::multiply_integers(shape));
  out.targets =
      borrowed(batch.targets, shape, at::kFloat).to(device, at::kFloat, /*non_blocking=*/false, /*copy=*/true);
  if (!batch.motion.empty())
    out.motion = borrowed(batch.motion, {b, frames, config.patches(), 2}, at::kFloat)
                     .to(device, at::kFloat, /*non_blocking=*/false, /*copy=*/true);
  return out;
}

void ClassifierState::detach() {
  model.detach();
  probe.detach();
}

ClassifierOutput run_classifier(const Classifier& classifier, const Tensor& frames, ClassifierState& state,
                                TargetKind target, const model::ForwardOptions& options) {
  const auto& [model, probe] = classifier;
  ClassifierOutput out;
  out.output = model.forward(frames, &state.model, options);
  const bool each = target == TargetKind::kFrame;
  if (probe) {
    out.logits = each ? probe->frame_logits(out.output, options.dropout)
                      : probe->clip_logits(out.output, state.probe, options.dropout);
  } else {
    out.logits = each ? model.decoder->classify(dropped(out.output.pre_logits, options.dropout))
                      : out.output.logits.select(1, -1);
  }
  return out;
}

Predict predict_with(const Classifier& classifier, const TrainConfig& config) {
  return [classifier, config](const Batch& batch) {
    const at::NoGradGuard no_grad;
    const at::Device device = classifier.model.tokenizer->embedding->kernel.device();
    const DeviceBatch input = to_device(batch, classifier.model.config(), device, config.objective.target);
    const model::Autocast autocast(autocast_of(config, device));
    const Tensor logits = logits_in_parts(classifier, input.clips, config);
    const Tensor scores = (config.objective.multi_label ? logits.sigmoid() : logits.softmax(-1)).cpu().contiguous();
    const auto* values = scores.const_data_ptr<float>();
    return std::vector<float>(values, values + scores.numel());
  };
}

Classification::Classification(const TrainConfig& config, std::shared_ptr<model::TRecViT> model,
                               const Tensor& class_weights)
    : config_(config), model_(std::move(model)), device_(model_->tokenizer->embedding->kernel.device()) {
  objective_.label_smoothing = config.objective.label_smoothing;
  objective_.multi_label = config.objective.multi_label;
  objective_.class_weights = class_weights.defined() ? class_weights.to(device_) : class_weights;
  if (config.objective.motion_weight > 0) {
    motion_ =
        std::make_shared<MotionHead>(model_->config(), config.objective.motion == MotionTarget::kPatch, config.seed);
    motion_->to(device_);
  }
  if (config.start.probe != ProbeKind::kNone) {
    probe_ = std::make_shared<Probe>(config.start.probe, model_->config(), config.seed);
    probe_->to(device_);
  }
}

bool Classification::learns(const TensorSpec& spec) const {
  return config_.start.backbone != Backbone::kFrozen || (!probe_ && part_of(spec.layer) == NetworkPart::kDecoder);
}

std::map<std::string, Learner::LearntModule> Classification::modules() const {
  std::map<std::string, LearntModule> all;
  if (motion_) all["auxiliary"] = {motion_, model::kernels_of(*motion_)};
  if (probe_) all["probe"] = {probe_, probe_->decaying()};
  return all;
}

Tensor Classification::mixed_targets(DeviceBatch& batch, const RandomStream& random) const {
  if (config_.objective.mixup <= 0) return batch.targets;
  const Mixed mixed = mixup(batch.clips, batch.targets, random_permutation(batch.clips.size(0), random).to(device_),
                            beta_draw(config_.objective.mixup, random));
  batch.clips = mixed.clips;
  batch.motion.reset();
  return mixed.targets;
}

void Classification::learn(const Batch& given, double share, const RandomStream& random, Loss& loss) {
  DeviceBatch batch = to_device(given, model_->config(), device_, config_.objective.target);
  batch.targets = mixed_targets(batch, random);
  const int64_t frames = batch.clips.size(1);
  const int64_t chunk = config_.run.chunk > 0 ? std::min(config_.run.chunk, frames) : frames;
  const bool each = config_.objective.target == TargetKind::kFrame;
  ClassifierState state;
  for (int64_t begin = 0; begin < frames; begin += chunk) {
    const int64_t count = std::min(chunk, frames - begin);
    Part part;
    part.batch.clips = batch.clips.narrow(1, begin, count);
    part.batch.targets = each ? batch.targets.narrow(1, begin, count) : batch.targets;
    if (batch.motion.defined()) part.batch.motion = batch.motion.narrow(1, begin, count);
    part.share = share * static_cast<double>(count) / static_cast<double>(frames);
    part.first_motion = begin == 0 ? 1 : 0;
    const auto moved = static_cast<double>(count - part.first_motion);
    part.motion_share = frames > 1 ? share * moved / static_cast<double>(frames - 1) : 0;
    learn_part(part, state, loss);
    if (begin + count < frames) state.detach();
  }
}

// Adds the gradients of the frames that follow `state`.
void Classification::learn_part(const Part& part, ClassifierState& state, Loss& sum) {
  const DeviceBatch& batch = part.batch;
  Tensor loss, motion_loss, logits;
  {
    const model::Autocast autocast(autocast_of(config_, device_));
    model::ForwardOptions options;
    options.recompute = config_.run.recompute;
    options.dropout = config_.objective.dropout;
    const ClassifierOutput got =
        run_classifier({*model_, probe_.get()}, batch.clips, state, config_.objective.target, options);
    logits = got.logits;
    loss = classification_loss(logits.flatten(0, -2), batch.targets.flatten(0, -2), objective_);
    if (motion_ && batch.motion.defined() && part.motion_share > 0)
      motion_loss = motion_->loss(got.output, batch.motion, part.first_motion);
  }
  Tensor total = part.share * loss;
  if (motion_loss.defined()) total = total + config_.objective.motion_weight * part.motion_share * motion_loss;
  total.backward();
  sum.value += part.share * loss.item<double>();
  if (motion_loss.defined()) sum.parts["motion_loss"] += part.motion_share * motion_loss.item<double>();
  if (config_.objective.multi_label) return;
  const Tensor right = logits.argmax(-1) == batch.targets.argmax(-1);
  sum.parts["accuracy"] += part.share * right.to(at::kDouble).mean().item<double>();
}

TestResult Classification::test(const ClipDataset& set, const WorkControl& control) {
  EvaluateOptions options = evaluate_options(config_);
  options.mistakes = kMistakes;
  options.control = control;
  const Predict predict = predict_with({*model_, probe_.get()}, config_);
  tested_ = evaluate(set, options, [&predict](const Batch& batch) {
    std::vector<float> scores = predict(batch);
    // The weights are at fault, not a clip.
    if (!std::all_of(scores.begin(), scores.end(), [](float score) { return std::isfinite(score); }))
      fail(ErrorKind::kCheckFailed, "test",
           "expected finite predictions, got NaN or infinity; the weights are too large");
    return scores;
  });
  const ClassificationMetrics& m = tested_.metrics;
  TestResult out;
  out.count = m.count;
  out.bad_files = tested_.bad_files;
  out.score = m.mean_average_precision.value_or(m.balanced_accuracy);
  out.shown = m.mean_average_precision.value_or(m.accuracy);
  out.measure = m.mean_average_precision ? "mAP" : "balanced accuracy";
  out.measured = out.score;
  out.json = m.to_json();
  out.facts.emplace_back(m.accuracy_by_frame.empty() ? "clips tested" : "frames tested", std::to_string(m.count));
  if (m.mean_average_precision) {
    out.columns = {{"mean_average_precision", *m.mean_average_precision}};
    out.facts.emplace_back("mAP", fmt::format("{:.4f}", *m.mean_average_precision));
  } else {
    out.columns = {{"accuracy", m.accuracy}, {"balanced_accuracy", m.balanced_accuracy}, {"loss", m.likelihood_loss}};
    out.facts.emplace_back("accuracy", fmt::format("{:.4f}", m.accuracy));
    out.facts.emplace_back("balanced accuracy", fmt::format("{:.4f}", m.balanced_accuracy));
  }
  return out;
}

std::vector<report::Curves> Classification::curves() const {
  return {{"Loss", {{"loss", "training"}, {"val_loss", "validation"}, {"motion_loss", "image motion"}}},
          {"Accuracy",
           {{"accuracy", "training"},
            {"val_accuracy", "validation"},
            {"val_balanced_accuracy", "validation, balanced"},
            {"val_mean_average_precision", "validation, mean average precision"}}}};
}

void Classification::add_to(report::Report& report) const {
  report.metrics = tested_.metrics;
  for (const auto& mistake : tested_.mistakes) {
    const ModelConfig& c = model_->config();
    report.mistakes.push_back({mistake.name, c.label(mistake.truth), c.label(mistake.predicted), mistake.probability,
                               report::strip_of_frames(mistake.pixels, c.image_height, c.image_width)});
  }
}

void Classification::save_companion(const std::string& model_folder) const {
  if (probe_) save_probe(model_folder, *probe_);
}

}  // namespace trecvit::train
