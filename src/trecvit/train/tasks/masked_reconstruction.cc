#include "trecvit/train/tasks/masked_reconstruction.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>

#include "trecvit/base/error.h"
#include "trecvit/base/stopwatch.h"
#include "trecvit/data/evaluate.h"
#include "trecvit/image/fill_in.h"
#include "trecvit/model/initialise.h"
#include "trecvit/train/device_clips.h"

namespace trecvit::train {
namespace {

constexpr int64_t kReconstructionsShown = 3;
constexpr int64_t kFilmFrames = 256;  // at most; the film is held in memory
constexpr std::array kPanels = {"clip", "visible", "reconstructed", "difference"};

// One frame of panels [4, T, H, W, 3].
report::FrameBytes bytes_of(const Tensor& panels, size_t panel, int64_t frame) {
  const Tensor pixels = panels[static_cast<int64_t>(panel)][frame];
  return {pixels.const_data_ptr<uint8_t>(), static_cast<size_t>(pixels.numel())};
}

using Rule = void (*)(const PatchedPicture&, std::span<const uint8_t>, std::span<float>);
constexpr std::pair<const char*, Rule> kRules[] = {
    {"mean_colour", fill_with_mean}, {"nearest_patch", fill_with_nearest}, {"linear", fill_linearly}};

// A clip [T, H, W, 3] with the masked patches, masked [T, N], of every frame filled in by a rule. Every frame has
// visible patches.
Tensor filled_by(Rule rule, const Tensor& clip, const Tensor& masked, const ModelConfig& c) {
  Tensor out = clip.clone();
  const PatchedPicture form{c.image_height, c.image_width, c.patch_size};
  const Tensor hidden = masked.to(at::kByte).contiguous();
  const auto* rows = hidden.const_data_ptr<uint8_t>();
  const auto patches = static_cast<size_t>(c.patches());
  const auto size = static_cast<size_t>(c.image_height * c.image_width * 3);
  auto* pixels = out.mutable_data_ptr<float>();
  at::parallel_for(0, out.size(0), 1, [&](int64_t begin, int64_t end) {
    for (auto t = static_cast<size_t>(begin); t < static_cast<size_t>(end); ++t)
      rule(form, {rows + t * patches, patches}, {pixels + t * size, size});
  });
  return out;
}

std::vector<std::string> names_of_rules(MaskKind kind) {
  std::vector<std::string> names = {"mean_picture"};
  if (kind == MaskKind::kFuture) {
    names.emplace_back("last_frame");
  } else {
    for (const auto& [name, rule] : kRules) names.emplace_back(name);
  }
  return names;
}

bool is_normalised(const TrainConfig& config) {
  return config.reconstruction.target == ReconstructionTarget::kNormalised;
}

MaskGrid grid_of(const TrainConfig& config, const ModelConfig& model) {
  return {model.patch_rows(), model.patch_columns(), config.clip.frames};
}

// Throws Error(kUsage) if settings are incompatible.
std::shared_ptr<model::Reconstruction> make_reconstruction(const TrainConfig& config, const ModelConfig& model) {
  if (config.run.chunk > 0) fail_usage("run.chunk", "expected 0 for masked clips, got {}", config.run.chunk);
  if (config.reconstruction.blocks == ReconstructionBlocks::kVit && config.mask.kind == MaskKind::kFuture)
    fail_usage("reconstruction.blocks", "expected trecvit with mask.kind = \"future\", which needs memory, got vit");
  draw_mask(config.mask, grid_of(config, model), RandomStream(config.seed, "mask"));  // throws if the mask is invalid
  auto reconstruction = std::make_shared<model::Reconstruction>(model, config.reconstruction);
  model::initialise(*reconstruction, config.seed);
  return reconstruction;
}

PictureWording wording_of(const TrainConfig& config) {
  const ReconstructionConfig& r = config.reconstruction;
  return {"reconstruction", fmt::format("{}, {} heads, {}", word_of(r.blocks), r.heads, word_of(r.target)),
          is_normalised(config) ? "PSNR, with mean and contrast from the truth" : "PSNR", "PSNR of masked pixels",
          names_of_rules(config.mask.kind)};
}

}  // namespace

MaskedReconstruction::MaskedReconstruction(const TrainConfig& config, const std::shared_ptr<model::TRecViT>& model,
                                           const ClipDataset& training_set)
    : MaskedReconstruction(config, model, training_set, make_reconstruction(config, model->config())) {}

MaskedReconstruction::MaskedReconstruction(const TrainConfig& config, std::shared_ptr<model::TRecViT> model,
                                           const ClipDataset& training_set,
                                           std::shared_ptr<model::Reconstruction> reconstruction)
    : PictureTask(config, std::move(model), training_set, wording_of(config), reconstruction),
      grid_(grid_of(config, model_->config())),
      reconstruction_(std::move(reconstruction)) {}

MaskedReconstruction::Reconstructed MaskedReconstruction::reconstruct(const Tensor& clips,
                                                                      std::span<const Mask> masks) {
  Reconstructed result;
  result.clips = clips;
  result.mask = batch_mask(masks, grid_, device_);
  result.target = model::pixel_target(clips, model_->config(), is_normalised(config_));
  const model::Autocast autocast(autocast_of(config_, device_));
  model::ForwardOptions options;
  options.recompute = config_.run.recompute;
  const Tensor tokens = model_->encode(clips, result.mask.visible, nullptr, options);
  model::Reconstruction::State state;
  result.values = reconstruction_->forward(tokens, result.mask.visible, clips.size(1), state);
  return result;
}

Tensor MaskedReconstruction::loss_of(const Reconstructed& result) const {
  return model::reconstruction_loss(
      result.values, result.target.values,
      config_.reconstruction.loss == ReconstructionLoss::kMasked ? result.mask.masked : Tensor());
}

void MaskedReconstruction::learn(const Batch& batch, double share, const RandomStream& random, Loss& sum) {
  std::vector<Mask> masks;
  for (int64_t i = 0; i < batch.clips; ++i)
    masks.push_back(draw_mask(config_.mask, grid_, RandomStream(random.start(), fmt::format("mask/{}", i))));
  const Tensor loss = loss_of(reconstruct(clips_to_device(batch, model_->config(), device_), masks));
  (share * loss).backward();
  sum.value += share * loss.item<double>();
}

Tensor MaskedReconstruction::filled(const Reconstructed& result) const {
  const ModelConfig& c = model_->config();
  const Tensor masked = result.mask.masked.unsqueeze(-1);
  const Tensor truth = model::patches_of_clips(result.clips, c);
  const Tensor guess = model::undo(result.values.to(at::kFloat), result.target).clamp(0, 1);
  return model::clips_of_patches(at::where(masked > 0, guess, truth), c);
}

std::vector<Mask> MaskedReconstruction::test_masks(const Batch& batch) const {
  std::vector<Mask> masks;
  for (const int64_t index : batch.index)
    masks.push_back(draw_mask(config_.mask, grid_, RandomStream(config_.seed, fmt::format("test mask/{}", index))));
  return masks;
}

// clip [T, H, W, 3], masked [T, N], where [T, H, W, 1] (the pixels that count).
void MaskedReconstruction::add_rules(const Tensor& clip, const Tensor& masked, const Tensor& where, TestPsnrs& psnrs) {
  MeanPsnr& rules = psnrs.rules;
  rules.add("mean_picture", mean_picture(psnrs.control).unsqueeze(0), clip, where);
  if (config_.mask.kind == MaskKind::kFuture) {
    const Tensor visible = masked.select(1, 0) == 0;  // the first frames are visible as a whole
    return rules.add("last_frame", clip.narrow(0, visible.sum().item<int64_t>() - 1, 1), clip, where);
  }
  for (const auto& [name, rule] : kRules) {
    psnrs.control.done(0);
    rules.add(name, filled_by(rule, clip, masked, model_->config()), clip, where);
  }
}

double MaskedReconstruction::test_batch(const Batch& batch, TestPsnrs& psnrs) {
  const ModelConfig& c = model_->config();
  const Reconstructed result = reconstruct(clips_to_device(batch, c, device_), test_masks(batch));
  masked_ = result.mask.masked.mean().item<double>();  // the same in every batch, because all masks have one config
  const Tensor guess = filled(result).cpu();
  const Tensor truth = result.clips.cpu();
  const Tensor masked = result.mask.masked.cpu();
  const Tensor pixels = masked.unsqueeze(-1).expand({-1, -1, -1, c.patch_values()});
  const Tensor where = model::clips_of_patches(pixels, c).narrow(-1, 0, 1);
  for (int64_t b = 0; b < batch.clips; ++b) {
    psnrs.network.add("model", guess[b], truth[b], where[b]);
    if (psnrs.asks_rules_of(batch.index[static_cast<size_t>(b)])) add_rules(truth[b], masked[b], where[b], psnrs);
  }
  return loss_of(result).item<double>();
}

void MaskedReconstruction::describe(TestResult& result) const {
  result.json.update({{"masked", masked_}, {"knows_mean_and_deviation", is_normalised(config_)}});
  result.facts.insert(result.facts.begin() + 1, {"masked part of the patches", fmt::format("{:.4f}", masked_)});
}

std::vector<std::string> MaskedReconstruction::notes() {
  constexpr int64_t kMostFrames = 4;  // enough for a measurement, and fast even for the largest models
  const ModelConfig& c = model_->config();
  MaskGrid grid = grid_;
  grid.frames = std::min(grid.frames, kMostFrames);
  const Mask mask = draw_mask(config_.mask, grid, RandomStream(config_.seed, "mask"));
  const model::Visible visible = batch_mask({&mask, 1}, grid, device_).visible;
  const Tensor clip = at::full({1, grid.frames, c.image_height, c.image_width, 3}, 0.5, at::device(device_));
  model::ForwardOptions options;
  options.recompute = config_.run.recompute;
  const auto seconds = [&](const std::function<Tensor()>& tokens) {
    const Stopwatch watch;
    tokens().to(at::kFloat).sum().backward();
    model_->tokenizer->embedding->kernel.grad().sum().item<float>();  // waits for a device that works asynchronously
    return watch.seconds();
  };
  const auto of_visible = [&] {
    const model::Autocast autocast(autocast_of(config_, device_));
    return model_->encode(clip, visible, nullptr, options);
  };
  const auto of_all = [&] {
    const model::Autocast autocast(autocast_of(config_, device_));
    return model_->forward(clip, nullptr, options).tokens;
  };
  const auto fastest = [&](const auto& tokens) {
    seconds(tokens);  // warm-up, for memory and caches
    return std::min({seconds(tokens), seconds(tokens), seconds(tokens)});
  };
  const double masked = fastest(of_visible), whole = fastest(of_all);
  model_->zero_grad();
  return {fmt::format("measured {:.3g} s for the encoder, forward and backward, on {} masked frames instead of {:.3g}",
                      masked, grid.frames, whole)};
}

void MaskedReconstruction::add_to(report::Report& report) const {
  PictureTask::add_to(report);
  if (is_normalised(config_))
    report.notes.emplace_back(
        "The network predicts each patch without its mean and contrast; pictures and PSNR take these from the truth.");
}

// [4, T, H, W, 3] bytes: a clip as original, as the encoder sees it, as reconstructed, and the difference.
Tensor MaskedReconstruction::panels(const report::ShownClip& clip) {
  const at::NoGradGuard no_grad;
  const ModelConfig& c = model_->config();
  const Batch batch = batch_of(clip);
  const Reconstructed result = reconstruct(clips_to_device(batch, c, device_), test_masks(batch));
  const Tensor truth = result.clips[0];
  const Tensor guess = filled(result)[0];
  const Tensor hidden = result.mask.masked.unsqueeze(-1).expand({-1, -1, -1, c.patch_values()});
  constexpr double kGrey = 0.5;
  const Tensor visible = at::where(model::clips_of_patches(hidden, c)[0] > 0, kGrey, truth);
  return to_bytes(at::stack({truth, visible, guess, (guess - truth).abs()}));
}

std::optional<report::Picture> MaskedReconstruction::sheet(const ClipDataset& set) {
  std::vector<Tensor> all;
  std::vector<report::FrameRow> rows;
  for (const auto& clip :
       report::shown_clips(set, kReconstructionsShown, config_.seed, evaluate_options(config_).frames)) {
    all.push_back(panels(clip));
    for (size_t panel = 0; panel < kPanels.size(); ++panel) {
      report::FrameRow& row = rows.emplace_back(report::FrameRow{kPanels[panel], {}});
      for (const int64_t t : report::shown_frames(grid_.frames)) row.frames.push_back(bytes_of(all.back(), panel, t));
    }
  }
  if (rows.empty()) return std::nullopt;
  const ModelConfig& c = model_->config();
  return report::paint_rows(rows, report::frame_cell(c.image_height, c.image_width), kPanels.size());
}

std::optional<Presenter::Film> MaskedReconstruction::film(const ClipDataset& set) {
  const report::FrameCell cell = report::frame_cell(model_->config().image_height, model_->config().image_width);
  std::vector<Tensor> all;
  for (const auto& clip :
       report::shown_clips(set, kReconstructionsShown, config_.seed, evaluate_options(config_).frames))
    all.push_back(panels(clip));
  if (all.empty()) return std::nullopt;
  Film film;
  film.name = "reconstruction";
  film.height = static_cast<int>(all.size()) * cell.step_down();
  film.width = static_cast<int>(kPanels.size()) * cell.step_right();
  for (int64_t t = 0; t < std::min(grid_.frames, kFilmFrames); ++t) {
    Canvas picture(film.height, film.width);
    for (size_t clip = 0; clip < all.size(); ++clip) {
      for (size_t panel = 0; panel < kPanels.size(); ++panel)
        cell.put(picture, bytes_of(all[clip], panel, t),
                 {static_cast<int>(panel) * cell.step_right(), static_cast<int>(clip) * cell.step_down()});
    }
    film.frames.emplace_back(picture.pixels().begin(), picture.pixels().end());
  }
  return film;
}

}  // namespace trecvit::train
