#include "trecvit/train/plan.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>

#include "trecvit/base/stopwatch.h"
#include "trecvit/io/progress.h"
#include "trecvit/train/device.h"
#include "trecvit/train/tasks/make_task.h"
#include "trecvit/weights/tensor_table.h"

namespace trecvit::train {
namespace {

// The parameters trained with a frozen backbone; a probe has about as many.
double parameters_of_head(const ModelConfig& model) {
  double count = 0;
  for (const auto& spec : tensor_table(model)) {
    if (part_of(spec.layer) == NetworkPart::kDecoder)
      count += static_cast<double>(element_count(spec.shape).value_or(0));
  }
  return count;
}

// Kernels of the train step other than products are memory-bound; measured on S and smaller models, the whole step
// reaches about this fraction of the rate of a single product.
constexpr double kPartOfProduct = 0.45;

constexpr double kMeasured = 0.3;  // seconds: a shorter measurement depends too much on what else the machine does

}  // namespace

Plan make_plan(const TrainConfig& config, const ModelConfig& model, const PlanBasis& basis) {
  Plan plan;
  plan.basis = basis;
  const int64_t batch = config.run.batch;
  const auto processes = static_cast<double>(basis.processes);
  plan.clips = static_cast<double>(basis.steps) * static_cast<double>(batch) *
               static_cast<double>(config.optimizer.accumulate) * processes;
  plan.frames = plan.clips * static_cast<double>(config.clip.frames);
  const bool frozen = config.start.backbone == Backbone::kFrozen;  // no backward pass then, so nothing is kept for it
  const double passes = frozen ? 1 : 3 + (config.run.recompute ? 1 : 0);
  const TaskCost cost = cost_of_task(config, model);
  plan.flops = passes * plan.frames * cost.flops;
  if (basis.gflops > 0) plan.hours = plan.flops / (basis.gflops * processes * kPartOfProduct * 1e9) / 3600;
  const double parameters = static_cast<double>(model.parameter_count()) + cost.parameters;
  const double copies = config.optimizer.mean_decay > 0 ? 4 : 3;  // gradient, two moments, mean
  const int64_t together = config.run.chunk > 0 ? std::min(config.run.chunk, config.clip.frames) : config.clip.frames;
  const double frames = static_cast<double>(batch) * static_cast<double>(together);
  const double block = floats_kept(model, cost.attended);
  double kept = static_cast<double>(model.depth) * block;
  if (config.run.recompute) kept = static_cast<double>(model.depth * model.width) + block;
  if (frozen) kept = block;
  const double floats = parameters + copies * (frozen ? parameters_of_head(model) : parameters) +
                        frames * (cost.tokens * kept + cost.floats);
  plan.memory_bytes = 4 * floats;
  return plan;
}

std::vector<std::string> describe(const Plan& plan, const TrainConfig& config, const ModelConfig& model) {
  std::vector<std::string> lines;
  lines.push_back(fmt::format("model    {:.2f} M parameters, {} per frame, {} x {} pixels, {}",
                              static_cast<double>(model.parameter_count()) / 1e6,
                              with_prefix(model.flops_per_frame(), "FLOP"), model.image_height, model.image_width,
                              model.has_head() ? fmt::format("{} classes", model.num_classes) : "no head"));
  for (const auto& line : cost_of_task(config, model).lines) lines.push_back(line);
  lines.push_back(fmt::format("run      {} steps, {:.0f} clips, {:.0f} frames, {}", plan.basis.steps, plan.clips,
                              plan.frames, with_prefix(plan.flops, "FLOP")));
  lines.push_back(fmt::format("needs    about {} and {} of memory{}",
                              readable_seconds(std::max(1.0, plan.hours * 3600)), with_prefix(plan.memory_bytes, "B"),
                              plan.basis.processes > 1 ? " per process" : ""));
  return lines;
}

std::string slower_in_bf16(const TrainConfig& config, const ModelConfig& model, double gflops) {
  if (config.run.precision != TrainPrecision::kBf16) return {};
  TrainConfig exact = config;
  exact.run.precision = TrainPrecision::kF32;
  const double in_f32 = measure_gflops(exact, model);
  if (gflops >= in_f32) return {};
  return fmt::format(
      "run.precision bf16 is slower than f32 on this machine: {:.0f} GFLOP/s for matrix products, {:.0f} in f32",
      gflops, in_f32);
}

double measure_gflops(const TrainConfig& config, const ModelConfig& model, double most_flops) {
  const at::NoGradGuard no_grad;
  const int64_t rows = std::clamp<int64_t>(16 * model.tokens(), 256, 4096);
  const auto type = config.run.precision == TrainPrecision::kBf16 ? at::kBFloat16 : at::kFloat;
  const auto options = at::TensorOptions(open_device(config.run.device)).dtype(type);
  const at::Tensor a = at::ones({rows, model.width}, options), b = at::ones({model.width, model.mlp_dim}, options);
  // Reading a number waits for a device that works asynchronously.
  const auto multiply = [&] { at::mm(a, b)[0][0].item(); };
  multiply();
  const double flops = 2.0 * static_cast<double>(rows * model.width * model.mlp_dim);
  const Stopwatch watch;
  double seconds = 0, done = 0;
  while (seconds < kMeasured && done < most_flops) {
    multiply();
    done += flops;
    seconds = watch.seconds();
  }
  return done / seconds / 1e9;
}

}  // namespace trecvit::train
