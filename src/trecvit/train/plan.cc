#include "trecvit/train/plan.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "trecvit/base/stopwatch.h"
#include "trecvit/data/mask.h"
#include "trecvit/io/progress.h"
#include "trecvit/model/reconstruction.h"
#include "trecvit/train/device.h"
#include "trecvit/weights/tensor_table.h"

namespace trecvit::train {
namespace {

// Floats per token that the backward pass of a block keeps: the input of the block and what its operators save, in
// units of the widths of the network (x, norm, u; x and y of the recurrence, its product; norms, q, k, v, weights,
// attention; the MLP's hidden layer before and after its GELU).
double floats_kept(const ModelConfig& c, int64_t tokens) {
  const auto d = static_cast<double>(c.width), r = static_cast<double>(c.lru_width), f = static_cast<double>(c.mlp_dim);
  return 12 * d + 3 * r + 2 * f + static_cast<double>(c.num_heads) * static_cast<double>(tokens);
}

// "12.3 GFLOP": three significant digits and the prefix that leaves at most three digits before the decimal point.
std::string with_prefix(double value, const char* unit) {
  constexpr std::array<const char*, 7> kPrefixes = {"", "k", "M", "G", "T", "P", "E"};
  size_t prefix = 0;
  for (; value >= 999.5 && prefix + 1 < kPrefixes.size(); ++prefix) value /= 1000;
  const int decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return fmt::format("{:.{}f} {}{}", value, decimals, kPrefixes[prefix], unit);
}

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

// Whether attention runs over all frames of a clip at once.
bool is_pooled(const TrainConfig& config) {
  return config.task == TaskKind::kRecall && config.recall.network == RecallNetwork::kPooledViT;
}

// Tokens per frame that the encoder sees.
int64_t seen_tokens(const TrainConfig& config, const ModelConfig& model) {
  if (config.task != TaskKind::kReconstruct || config.mask.kind == MaskKind::kFuture) return model.tokens();
  return model.tokens() - masked_count(model.patches(), config.mask);
}
// The fraction of the frames that the encoder sees.
double seen_frames(const TrainConfig& config) {
  if (config.task == TaskKind::kRecall && config.recall.network == RecallNetwork::kLastFrame)
    return 1 / static_cast<double>(config.clip.frames);
  if (config.task != TaskKind::kReconstruct || config.mask.kind != MaskKind::kFuture) return 1;
  return 1 -
         static_cast<double>(masked_count(config.clip.frames, config.mask)) / static_cast<double>(config.clip.frames);
}

// Tokens per frame that pass through the temporal blocks of the encoder. If the masks change from frame to frame, every
// patch takes as many steps as the one that is visible most often in any clip of a batch (model::TimePacking).
double tokens_through_time(const TrainConfig& config, const ModelConfig& model, int64_t seen) {
  if (config.task != TaskKind::kReconstruct || config.mask.kind != MaskKind::kFrame) return static_cast<double>(seen);
  const MaskGrid grid{model.patch_rows(), model.patch_columns(), config.clip.frames};
  int64_t steps = 0;
  for (int64_t clip = 0; clip < config.run.batch; ++clip) {
    const Mask mask = draw_mask(config.mask, grid, RandomStream(config.seed, fmt::format("mask/{}", clip)));
    std::vector<int64_t> times(static_cast<size_t>(grid.patches()), 0);
    for (size_t i = 0; i < mask.masked.size(); ++i) times[i % times.size()] += mask.masked[i] == 0 ? 1 : 0;
    steps = std::max(steps, *std::max_element(times.begin(), times.end()));
  }
  return static_cast<double>(grid.patches() * steps) / static_cast<double>(grid.frames) + (model.has_cls() ? 1 : 0);
}

double forward_flops_per_frame(const TrainConfig& config, const ModelConfig& model) {
  if (config.task == TaskKind::kReconstruct) {
    const MaskedCost cost = masked_cost(config, model);
    return cost.encoder + cost.reconstruction;
  }
  // The temporal blocks are counted for the pooled network too, although it has none.
  if (is_pooled(config))
    return model.encoder_flops_per_frame(config.clip.frames * model.tokens()) / static_cast<double>(config.clip.frames);
  return seen_frames(config) * model.flops_per_frame();
}

}  // namespace

MaskedCost masked_cost(const TrainConfig& config, const ModelConfig& model) {
  const ReconstructionConfig& r = config.reconstruction;
  const int64_t seen = seen_tokens(config, model), hidden = model.tokens() - seen;
  MaskedCost cost;
  cost.whole_encoder = model.encoder_flops_per_frame(model.tokens());
  cost.encoder = seen_frames(config) * model.encoder_flops_per_frame(seen, tokens_through_time(config, model, seen));
  cost.masked = config.mask.kind == MaskKind::kFuture
                    ? 1 - seen_frames(config)
                    : static_cast<double>(hidden) / static_cast<double>(model.patches());
  const ModelConfig blocks = model::reconstruction_sizes(model, r);
  const auto e = static_cast<double>(blocks.width), n = static_cast<double>(blocks.tokens());
  const double embed = seen_frames(config) * static_cast<double>(seen * model.width) * e;
  const double pixels = static_cast<double>(model.patches() * model.patch_values()) * e;
  // A single spatial block: attention and MLP.
  const double space = n * (4 * e * e + 2 * n * e + 2 * e * static_cast<double>(blocks.mlp_dim));
  const double tokenizer = 2 * static_cast<double>(blocks.patches() * blocks.patch_values()) * e;
  const double through = r.blocks == ReconstructionBlocks::kVit
                             ? 2 * static_cast<double>(r.depth) * space
                             : blocks.encoder_flops_per_frame(blocks.tokens()) - tokenizer;
  cost.reconstruction = 2 * (embed + pixels) + through;
  return cost;
}

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
  const bool masked = config.task == TaskKind::kReconstruct;
  plan.flops = passes * plan.frames * forward_flops_per_frame(config, model);
  if (basis.gflops > 0) plan.hours = plan.flops / (basis.gflops * processes * kPartOfProduct * 1e9) / 3600;
  const ModelConfig decoder = masked ? model::reconstruction_sizes(model, config.reconstruction) : ModelConfig();
  // The reconstruction decoder has a layer to pixels where an encoder has one from pixels.
  const auto parameters = static_cast<double>(model.parameter_count() +
                                              (masked ? decoder.parameter_count() + model.width * decoder.width : 0));
  const double copies = config.optimizer.mean_decay > 0 ? 4 : 3;  // gradient, two moments, mean
  const int64_t together = config.run.chunk > 0 ? std::min(config.run.chunk, config.clip.frames) : config.clip.frames;
  const double frames = static_cast<double>(batch) * static_cast<double>(together);
  const int64_t seen = seen_tokens(config, model);
  const double tokens = frames * seen_frames(config) * tokens_through_time(config, model, seen);
  const double block = floats_kept(model, is_pooled(config) ? seen * config.clip.frames : seen);
  double kept = static_cast<double>(model.depth) * block;
  if (config.run.recompute) kept = static_cast<double>(model.depth * model.width) + block;
  if (frozen) kept = block;
  double floats = parameters + copies * (frozen ? parameters_of_head(model) : parameters) + tokens * kept;
  if (masked)
    floats += frames * static_cast<double>(decoder.tokens() * decoder.depth) * floats_kept(decoder, decoder.tokens());
  plan.memory_bytes = 4 * floats;
  return plan;
}

std::vector<std::string> describe(const Plan& plan, const TrainConfig& config, const ModelConfig& model) {
  std::vector<std::string> lines;
  lines.push_back(fmt::format("model    {:.2f} M parameters, {} per frame, {} x {} pixels, {}",
                              static_cast<double>(model.parameter_count()) / 1e6,
                              with_prefix(model.flops_per_frame(), "FLOP"), model.image_height, model.image_width,
                              model.has_head() ? fmt::format("{} classes", model.num_classes) : "no head"));
  if (config.task == TaskKind::kReconstruct) {
    const MaskedCost cost = masked_cost(config, model);
    lines.push_back(
        fmt::format("mask     {:.4f} of the patches masked; {} per frame for the visible ones instead of {}, {} for "
                    "the reconstruction",
                    cost.masked, with_prefix(cost.encoder, "FLOP"), with_prefix(cost.whole_encoder, "FLOP"),
                    with_prefix(cost.reconstruction, "FLOP")));
  }
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
