#include "trecvit/train/tasks/masked_cost.h"

#include <fmt/format.h>

#include <algorithm>

#include "trecvit/data/mask.h"
#include "trecvit/model/reconstruction.h"

namespace trecvit::train {
namespace {

// Tokens per frame that the encoder sees.
int64_t seen_tokens(const TrainConfig& config, const ModelConfig& model) {
  if (config.mask.kind == MaskKind::kFuture) return model.tokens();
  return model.tokens() - masked_count(model.patches(), config.mask);
}
// The fraction of the frames that the encoder sees.
double seen_frames(const TrainConfig& config) {
  if (config.mask.kind != MaskKind::kFuture) return 1;
  return 1 -
         static_cast<double>(masked_count(config.clip.frames, config.mask)) / static_cast<double>(config.clip.frames);
}

// Tokens per frame that pass through the temporal blocks of the encoder. If the masks change from frame to frame, every
// patch takes as many steps as the one that is visible most often in any clip of a batch (model::TimePacking).
double tokens_through_time(const TrainConfig& config, const ModelConfig& model, int64_t seen) {
  if (config.mask.kind != MaskKind::kFrame) return static_cast<double>(seen);
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

TaskCost cost_of_reconstruction(const TrainConfig& config, const ModelConfig& model) {
  const MaskedCost masked = masked_cost(config, model);
  const ModelConfig decoder = model::reconstruction_sizes(model, config.reconstruction);
  TaskCost cost;
  cost.flops = masked.encoder + masked.reconstruction;
  cost.attended = seen_tokens(config, model);
  cost.tokens = seen_frames(config) * tokens_through_time(config, model, cost.attended);
  // The reconstruction decoder has a layer to pixels where an encoder has one from pixels.
  cost.parameters = static_cast<double>(decoder.parameter_count() + model.width * decoder.width);
  cost.floats = static_cast<double>(decoder.tokens() * decoder.depth) * floats_kept(decoder, decoder.tokens());
  cost.lines.push_back(
      fmt::format("mask     {:.4f} of the patches masked; {} per frame for the visible ones instead of {}, {} for "
                  "the reconstruction",
                  masked.masked, with_prefix(masked.encoder, "FLOP"), with_prefix(masked.whole_encoder, "FLOP"),
                  with_prefix(masked.reconstruction, "FLOP")));
  return cost;
}

}  // namespace trecvit::train
