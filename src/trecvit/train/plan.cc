#include "trecvit/train/plan.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace trecvit::train {
namespace {

// Floats that the backward pass of a block keeps for a token: its input and what its operators save, in units of the
// widths of the network (x, norm, u; x and y of the recurrence, its product; norms, q, k, v, weights, attention; the
// MLP's hidden layer before and after its GELU).
double floats_kept(const ModelConfig& c) {
  const auto d = static_cast<double>(c.width), r = static_cast<double>(c.lru_width), f = static_cast<double>(c.mlp_dim);
  return 12 * d + 3 * r + 2 * f + static_cast<double>(c.num_heads) * static_cast<double>(c.tokens());
}

// Kernels of the train step other than products run at the speed of memory; measured on S and smaller models, the whole
// reaches about this part of a lone product's rate.
constexpr double kPartOfProduct = 0.45;

}  // namespace

Plan make_plan(const TrainConfig& config, const ModelConfig& model, int64_t steps, double gflops) {
  Plan plan;
  plan.steps = steps;
  const int64_t batch = config.run.batch;
  plan.clips =
      static_cast<double>(steps) * static_cast<double>(batch) * static_cast<double>(config.optimizer.accumulate);
  plan.frames = plan.clips * static_cast<double>(config.clip.frames);
  const bool frozen = config.start.backbone == "frozen";  // no backward pass then, and nothing kept for it
  const double passes = frozen ? 1 : config.run.recompute ? 4 : 3;
  plan.flops = passes * model.flops_per_frame() * plan.frames;
  if (gflops > 0) plan.hours = plan.flops / (gflops * kPartOfProduct * 1e9) / 3600;
  const auto parameters = static_cast<double>(model.parameter_count());
  const int64_t together = config.run.chunk > 0 ? std::min(config.run.chunk, config.clip.frames) : config.clip.frames;
  const double tokens =
      static_cast<double>(batch) * static_cast<double>(together) * static_cast<double>(model.tokens());
  const double kept = frozen                 ? floats_kept(model)
                      : config.run.recompute ? static_cast<double>(model.depth * model.width) + floats_kept(model)
                                             : static_cast<double>(model.depth) * floats_kept(model);
  plan.memory_bytes = 4 * (parameters * (config.optimizer.mean_decay > 0 ? 5 : 4) + tokens * kept);
  return plan;
}

std::vector<std::string> describe(const Plan& plan, const ModelConfig& model) {
  std::vector<std::string> lines;
  lines.push_back(fmt::format("model    {:.2f} M parameters, {:.3f} GFLOP a frame, {} x {} pixels, {} classes",
                              static_cast<double>(model.parameter_count()) / 1e6, model.flops_per_frame() / 1e9,
                              model.image_height, model.image_width, model.num_classes));
  lines.push_back(fmt::format("run      {} steps, {:.0f} clips, {:.0f} frames, {:.3g} PFLOP", plan.steps, plan.clips,
                              plan.frames, plan.flops / 1e15));
  lines.push_back(
      fmt::format("needs    about {:.2g} hours and {:.1f} GB of memory", plan.hours, plan.memory_bytes / 1e9));
  return lines;
}

double measure_gflops(const ModelConfig& model) {
  const at::NoGradGuard no_grad;
  const int64_t rows = std::clamp<int64_t>(16 * model.tokens(), 256, 4096);
  const at::Tensor a = at::ones({rows, model.width}), b = at::ones({model.width, model.mlp_dim});
  at::mm(a, b);
  const double flops = 2.0 * static_cast<double>(rows * model.width * model.mlp_dim);
  const auto start = std::chrono::steady_clock::now();
  double seconds = 0, done = 0;
  while (seconds < 0.05) {
    at::mm(a, b);
    done += flops;
    seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
  return done / seconds / 1e9;
}

}  // namespace trecvit::train
