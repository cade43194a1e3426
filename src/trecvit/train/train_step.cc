#include "trecvit/train/train_step.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "trecvit/base/error.h"
#include "trecvit/base/random.h"
#include "trecvit/weights/tensor_table.h"

namespace trecvit::train {

namespace {

// Factor on the learning rate: 1 for what comes after the blocks, d for the last block, d^2 for the one before it, and
// so on down to the tokenizer (Clark et al. 2020, ELECTRA; MAE and VideoMAE use it for fine-tuning).
double layer_rate(const TensorSpec& spec, int64_t depth, double decay) {
  if (part_of(spec.layer) == NetworkPart::kTokenizer) return std::pow(decay, depth + 1);
  return spec.block < 0 ? 1 : std::pow(decay, depth - spec.block);
}

Schedule schedule_of(const OptimizerConfig& c, int64_t steps) {
  return {c.learning_rate, c.floor, std::min(c.warmup, steps - 1), steps};
}

}  // namespace

TrainStep::TrainStep(const TrainConfig& config, std::shared_ptr<model::TRecViT> model, int64_t steps,
                     std::shared_ptr<Learner> learner, const Group& group)
    : config_(config),
      model_(std::move(model)),
      learner_(std::move(learner)),
      group_(group),
      schedule_(schedule_of(config.optimizer, steps)) {
  const ModelConfig& sizes = model_->config();
  std::map<std::string, TensorSpec> specs;
  for (auto& spec : tensor_table(sizes)) specs.emplace(spec.name, spec);
  std::map<std::string, Tensor> learnt;
  for (auto& entry : model_->named_parameters()) {
    const TensorSpec& spec = specs.at(entry.key());
    entry.value().set_requires_grad(learner_->learns(spec));
    if (!entry.value().requires_grad()) continue;
    parameters_.push_back(
        {entry.key(), entry.value(), spec.decays, layer_rate(spec, sizes.depth, config.optimizer.layer_decay)});
    learnt[entry.key()] = entry.value();
  }
  for (const auto& [scope, learnt_module] : learner_->modules()) {
    const auto& [module, decaying] = learnt_module;
    for (auto& entry : module->named_parameters()) {
      const std::string name = scope + "." + entry.key();
      const bool decays = std::any_of(decaying.begin(), decaying.end(),
                                      [&](const Tensor& tensor) { return tensor.is_same(entry.value()); });
      parameters_.push_back({name, entry.value(), decays});
      task_parameters_[name] = learnt[name] = entry.value();
    }
  }
  const OptimizerConfig& o = config.optimizer;
  optimiser_.emplace(parameters_, AdamWOptions{o.beta1, o.beta2, o.epsilon, o.weight_decay});
  if (o.mean_decay > 0) mean_.emplace(learnt, o.mean_decay);
  usual_norms_ = at::zeros({static_cast<int64_t>(parameters_.size())});
}

// Returns the name of the first tensor whose gradient is not finite; if there is none, scales the gradients down to the
// allowed norm.
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
  constexpr float kKept = 0.98F;  // fraction of the usual norm kept per step
  auto* usual = usual_norms_.mutable_data_ptr<float>();
  for (size_t i = 0; i < norms.size(); ++i) {
    const auto norm = norms[i].item<float>();
    if (usual[i] > 0 && norm > static_cast<float>(config_.optimizer.outlier) * usual[i])
      result.outliers.push_back(fmt::format("{} {:.1f} x", parameters_[i].name, norm / usual[i]));
    usual[i] = usual[i] > 0 ? kKept * usual[i] + (1 - kKept) * norm : norm;
  }
}

StepResult TrainStep::run(std::span<const Batch> batches, int64_t step, const WorkControl& control) {
  const RandomStream seeds(config_.seed, "step");
  at::manual_seed(seeds.bits(static_cast<uint64_t>(step)));
  StepResult result;
  result.learning_rate = schedule_.at(step);
  double clips = 0;
  for (const auto& batch : batches) clips += static_cast<double>(batch.clips);
  group_.sum({&clips, 1});
  if (clips == 0) {  // all clips were bad: nothing is known, nothing learnt
    result.loss.value = std::numeric_limits<double>::quiet_NaN();
    return result;
  }
  for (size_t i = 0; i < batches.size(); ++i) {
    if (i > 0 && control.progress) control.progress->advance(0);
    if (i > 0 && group_.any(control.stop.stop_requested())) {
      optimiser_->clear_gradients();
      result.stopped = true;
      return result;
    }
    if (batches[i].clips == 0) continue;
    const int64_t place = static_cast<int64_t>(i) * group_.size() + group_.rank();
    if (group_.size() > 1)
      at::manual_seed(RandomStream(config_.seed, fmt::format("step/{}", step)).bits(static_cast<uint64_t>(place)));
    const RandomStream random(config_.seed, fmt::format("batch/{}/{}", step, place));
    learner_->learn(batches[i], static_cast<double>(batches[i].clips) / clips, random, result.loss);
  }
  add_up(result.loss);
  result.not_finite = result.loss.is_finite() ? clip_gradients(result) : "the loss";
  if (result.not_finite.empty()) {
    optimiser_->step(result.learning_rate);
    result.broken = first_not_finite();
    if (mean_ && result.broken.empty()) mean_->update(step);
  }
  optimiser_->clear_gradients();
  return result;
}

// Sums the loss and the gradients over the processes: each has its share of the mean over the batch. A process whose
// clips were all bad has no gradients of its own.
void TrainStep::add_up(Loss& loss) const {
  if (group_.size() == 1) return;
  std::vector<Tensor> gradients;
  std::vector<double> known;  // number of processes that have each gradient
  for (const auto& parameter : parameters_) {
    Tensor& gradient = Tensor(parameter.tensor).mutable_grad();
    known.push_back(gradient.defined() ? 1 : 0);
    if (!gradient.defined()) gradient = at::zeros_like(parameter.tensor);
    gradients.push_back(gradient);
  }
  group_.sum(gradients);
  group_.sum(known);
  for (size_t i = 0; i < known.size(); ++i) {  // parameters without a gradient in any process stay unchanged
    if (known[i] == 0) Tensor(parameters_[i].tensor).mutable_grad().reset();
  }
  const auto names = learner_->step_columns();
  std::vector<double> values = {loss.value};
  for (const auto& name : names) {  // the value, and how many processes know it
    const auto part = loss.parts.find(name);
    values.push_back(part == loss.parts.end() ? 0 : part->second);
    values.push_back(part == loss.parts.end() ? 0 : 1);
  }
  group_.sum(values);
  loss.value = values[0];
  for (size_t i = 0; i < names.size(); ++i) {
    if (values[2 + 2 * i] > 0) loss.parts[names[i]] = values[1 + 2 * i];
  }
}

// The name of a weight that the update made NaN or infinite.
std::string TrainStep::first_not_finite() const {
  const at::NoGradGuard no_grad;
  Tensor sum = at::zeros({}, parameters_.at(0).tensor.options().dtype(at::kDouble));
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
  all.insert(task_parameters_.begin(), task_parameters_.end());
  if (mean_) {
    // The model file holds the mean, so the weights in training are kept here. Tensors outside the network are in no
    // other file.
    for (const auto& [name, mean] : mean_->means()) {
      if (task_parameters_.contains(name)) {
        all["mean." + name] = mean;
      } else {
        all["weight." + name] = model_->named_parameters()[name];
      }
    }
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
    for (const auto& [name, mean] : mean_->means()) {
      if (!task_parameters_.contains(name)) all[name] = mean;
    }
  }
  return all;
}

}  // namespace trecvit::train
