#include "trecvit/train/train_step.h"

#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "trecvit/base/error.h"
#include "trecvit/base/random.h"

namespace trecvit::train {
namespace {

// A number of the gamma distribution of shape `alpha` (Marsaglia and Tsang 2000). at: place in the stream, moved on.
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

// Kernels and the queries of a probe decay; biases, scales, positions, the class token and the decays of the recurrence
// do not.
bool decays(const std::string& name, const Tensor& tensor) {
  return tensor.dim() >= 2 && !name.ends_with("bias") && !name.ends_with("pos_embedding") && !name.ends_with("cls") &&
         !name.ends_with("gate.b");
}

Schedule schedule_of(const OptimizerConfig& c, int64_t steps) {
  return {c.learning_rate, c.floor, std::min(c.warmup, steps - 1), steps};
}

}  // namespace

DeviceBatch to_device(const Batch& batch, const ModelConfig& config, const at::Device& device) {
  const int64_t b = batch.clips, frame = config.image_height * config.image_width * 3;
  const auto frames = static_cast<int64_t>(batch.pixels.size()) / (b * frame);
  const auto view = [](const auto& values, at::IntArrayRef shape, at::ScalarType type) {
    return at::from_blob(const_cast<void*>(static_cast<const void*>(values.data())), shape, type);
  };
  DeviceBatch out;
  out.clips = view(batch.pixels, {b, frames, config.image_height, config.image_width, 3}, at::kByte)
                  .to(device, at::kFloat)
                  .mul_(static_cast<float>(config.preprocess.scale));
  const auto targets = static_cast<int64_t>(batch.targets.size());
  const std::vector<int64_t> shape = targets == b * config.num_classes
                                         ? std::vector<int64_t>{b, config.num_classes}
                                         : std::vector<int64_t>{b, frames, config.num_classes};
  TRECVIT_CHECK(targets == c10::multiply_integers(shape));
  out.targets = view(batch.targets, shape, at::kFloat).to(device, at::kFloat, /*non_blocking=*/false, /*copy=*/true);
  if (!batch.motion.empty())
    out.motion = view(batch.motion, {b, frames, config.patches(), 2}, at::kFloat).to(device, at::kFloat, false, true);
  return out;
}

void ClassifierState::detach() {
  model.detach();
  probe.detach();
}

Seen look_at(const Classifier& classifier, const Tensor& frames, ClassifierState& state, TargetKind target,
             const model::ForwardOptions& options) {
  const auto& [model, probe] = classifier;
  Seen seen;
  seen.output = model.forward(frames, &state.model, options);
  const bool each = target == TargetKind::kFrame;
  if (probe) {
    seen.logits = each ? probe->frame_logits(seen.output, options.dropout)
                       : probe->clip_logits(seen.output, state.probe, options.dropout);
  } else {
    seen.logits = each ? model.decoder->classify(seen.output.pre_logits) : seen.output.logits.select(1, -1);
  }
  return seen;
}

Autocast::Autocast(bool bf16, const at::Device& device)
    : device_(device.type()), before_(at::autocast::is_autocast_enabled(device_)) {
  if (!bf16) return;
  at::autocast::set_autocast_dtype(device_, at::kBFloat16);
  at::autocast::set_autocast_enabled(device_, true);
}
Autocast::~Autocast() {
  at::autocast::set_autocast_enabled(device_, before_);
  at::autocast::clear_cache();
}

TrainStep::TrainStep(const TrainConfig& config, std::shared_ptr<model::TRecViT> model, int64_t steps,
                     const Tensor& class_weights)
    : config_(config),
      model_(std::move(model)),
      device_(model_->decoder->head->kernel.device()),
      schedule_(schedule_of(config.optimizer, steps)) {
  objective_.label_smoothing = config.objective.label_smoothing;
  objective_.multi_label = config.objective.multi_label;
  objective_.class_weights = class_weights.defined() ? class_weights.to(device_) : class_weights;
  const bool frozen = config.start.backbone == "frozen";
  const bool probed = config.start.probe != ProbeKind::kNone;
  std::map<std::string, Tensor> learnt;
  for (auto& entry : model_->named_parameters()) {
    entry.value().set_requires_grad(!frozen || (!probed && entry.key().starts_with("decoder.")));
    if (!entry.value().requires_grad()) continue;
    parameters_.push_back({entry.key(), entry.value(), decays(entry.key(), entry.value())});
    learnt[entry.key()] = entry.value();
  }
  if (config.objective.motion_weight > 0) {
    motion_ = std::make_shared<MotionHead>(model_->config(), config.objective.motion == "patch", config.seed);
    motion_->to(device_);
    for (auto& entry : motion_->named_parameters())
      parameters_.push_back({"auxiliary." + entry.key(), entry.value(), decays(entry.key(), entry.value())});
  }
  if (probed) {
    probe_ = std::make_shared<Probe>(config.start.probe, model_->config(), config.seed);
    probe_->to(device_);
    for (auto& entry : probe_->named_parameters())
      parameters_.push_back({"probe." + entry.key(), entry.value(), decays(entry.key(), entry.value())});
  }
  const OptimizerConfig& o = config.optimizer;
  optimiser_.emplace(parameters_, AdamWOptions{o.beta1, o.beta2, o.epsilon, o.weight_decay});
  if (o.mean_decay > 0) mean_.emplace(learnt, o.mean_decay);
  usual_norms_ = at::zeros({static_cast<int64_t>(parameters_.size())});
}

Tensor TrainStep::mixed_targets(DeviceBatch& batch, const RandomStream& random) const {
  if (config_.objective.mixup <= 0) return batch.targets;
  const Mixed mixed = mixup(batch.clips, batch.targets, random_permutation(batch.clips.size(0), random).to(device_),
                            beta_draw(config_.objective.mixup, random));
  batch.clips = mixed.clips;
  batch.motion.reset();
  return mixed.targets;
}

void TrainStep::accumulate(const DeviceBatch& given, double share, const RandomStream& random, StepResult& result) {
  DeviceBatch batch = given;
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
    learn_part(part, state, result);
    if (begin + count < frames) state.detach();
  }
}

// Adds the gradients of some frames that follow on `state`.
void TrainStep::learn_part(const Part& part, ClassifierState& state, StepResult& result) {
  const DeviceBatch& batch = part.batch;
  Tensor loss, motion_loss, logits;
  {
    const Autocast autocast(config_.run.precision == "bf16", device_);
    model::ForwardOptions options;
    options.recompute = config_.run.recompute;
    options.dropout = config_.objective.dropout;
    const Seen seen = look_at({*model_, probe_.get()}, batch.clips, state, config_.objective.target, options);
    logits = seen.logits;
    loss = classification_loss(logits.flatten(0, -2), batch.targets.flatten(0, -2), objective_);
    if (motion_ && batch.motion.defined() && part.motion_share > 0)
      motion_loss = motion_->loss(seen.output, batch.motion, part.first_motion);
  }
  Tensor total = part.share * loss;
  if (motion_loss.defined()) total = total + config_.objective.motion_weight * part.motion_share * motion_loss;
  total.backward();
  result.loss += part.share * loss.item<double>();
  if (motion_loss.defined()) result.motion_loss += part.motion_share * motion_loss.item<double>();
  const Tensor right = logits.argmax(-1) == batch.targets.argmax(-1);
  result.accuracy += part.share * right.to(at::kDouble).mean().item<double>();
}

// The name of the first tensor whose gradient is not finite; scales the gradients to the norm allowed otherwise.
std::string TrainStep::clip_gradients(StepResult& result) {
  const at::NoGradGuard no_grad;
  std::vector<Tensor> gradients, norms;
  for (const auto& parameter : parameters_) {
    const Tensor& gradient = parameter.tensor.grad();
    norms.push_back(gradient.defined() ? gradient.norm().cpu() : at::zeros({}));
    if (gradient.defined()) gradients.push_back(gradient);
  }
  const Tensor all = at::stack(norms);
  result.gradient_norm = all.norm().item<double>();
  if (!std::isfinite(result.gradient_norm)) {
    for (size_t i = 0; i < norms.size(); ++i) {
      if (!std::isfinite(norms[i].item<double>())) return "the gradient of " + parameters_[i].name;
    }
    return "the norm of the gradient";
  }
  if (config_.optimizer.outlier > 0) find_outliers(norms, result);
  const double limit = config_.optimizer.clip_norm;
  if (limit > 0 && result.gradient_norm > limit) at::_foreach_mul_(gradients, limit / result.gradient_norm);
  return {};
}

void TrainStep::find_outliers(const std::vector<Tensor>& norms, StepResult& result) {
  constexpr float kKept = 0.98F;  // of the usual norm a step
  auto* usual = usual_norms_.mutable_data_ptr<float>();
  for (size_t i = 0; i < norms.size(); ++i) {
    const auto norm = norms[i].item<float>();
    if (usual[i] > 0 && norm > static_cast<float>(config_.optimizer.outlier) * usual[i])
      result.outliers.push_back(fmt::format("{} {:.1f} x", parameters_[i].name, norm / usual[i]));
    usual[i] = usual[i] > 0 ? kKept * usual[i] + (1 - kKept) * norm : norm;
  }
}

StepResult TrainStep::run(std::span<const Batch> batches, int64_t step) {
  const RandomStream seeds(config_.seed, "step");
  at::manual_seed(seeds.bits(static_cast<uint64_t>(step)));
  StepResult result;
  result.learning_rate = schedule_.at(step);
  int64_t clips = 0;
  for (const auto& batch : batches) clips += batch.clips;
  if (clips == 0) {  // all of them bad: nothing is known, nothing learnt
    result.loss = result.accuracy = std::numeric_limits<double>::quiet_NaN();
    return result;
  }
  for (size_t i = 0; i < batches.size(); ++i) {
    if (batches[i].clips == 0) continue;
    const RandomStream random(config_.seed, fmt::format("batch/{}/{}", step, i));
    accumulate(to_device(batches[i], model_->config(), device_),
               static_cast<double>(batches[i].clips) / static_cast<double>(clips), random, result);
  }
  result.not_finite = std::isfinite(result.loss + result.motion_loss) ? clip_gradients(result) : "the loss";
  if (result.not_finite.empty()) {
    optimiser_->step(result.learning_rate);
    result.broken = first_not_finite();
    if (mean_ && result.broken.empty()) mean_->update(step);
  }
  optimiser_->clear_gradients();
  return result;
}

// The name of a weight that the update threw out of the range of its type.
std::string TrainStep::first_not_finite() const {
  const at::NoGradGuard no_grad;
  Tensor sum = at::zeros({}, at::TensorOptions(at::kDouble).device(device_));
  for (const auto& parameter : parameters_) sum += parameter.tensor.sum();
  if (std::isfinite(sum.item<double>())) return {};
  for (const auto& parameter : parameters_) {
    if (!at::isfinite(parameter.tensor).all().item<bool>()) return parameter.name;
  }
  return {};
}

void TrainStep::swap_mean() {
  if (mean_) mean_->swap();
}

std::map<std::string, Tensor> TrainStep::state() const {
  std::map<std::string, Tensor> all = optimiser_->state();
  for (const auto& parameter : parameters_) {
    if (parameter.name.starts_with("auxiliary.") || parameter.name.starts_with("probe."))
      all[parameter.name] = parameter.tensor;
  }
  if (mean_) {
    // The mean is what the model's file holds; the weights in training are kept here.
    for (const auto& [name, mean] : mean_->means()) all["weight." + name] = model_->named_parameters()[name];
  }
  all["usual_norms"] = usual_norms_;
  return all;
}

std::map<std::string, Tensor> TrainStep::weights() const {
  std::map<std::string, Tensor> all;
  for (const auto& entry : model_->named_parameters()) all[entry.key()] = entry.value();
  return all;
}

std::map<std::string, Tensor> TrainStep::weights_to_keep() const {
  std::map<std::string, Tensor> all = weights();
  if (mean_) {
    for (const auto& [name, mean] : mean_->means()) all[name] = mean;
  }
  return all;
}

}  // namespace trecvit::train
