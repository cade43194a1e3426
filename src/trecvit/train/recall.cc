#include "trecvit/train/recall.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>

#include "trecvit/base/error.h"
#include "trecvit/data/evaluate.h"
#include "trecvit/model/autocast.h"
#include "trecvit/model/initialise.h"
#include "trecvit/train/classification.h"
#include "trecvit/train/frame_sheet.h"
#include "trecvit/train/module_file.h"
#include "trecvit/train/picture_error.h"

namespace trecvit::train {
namespace {

constexpr int64_t kDrawnClips = 8;
constexpr std::array kNetworks = {"trecvit", "last_frame", "pooled_vit"};

const char* name_of(RecallNetwork network) { return kNetworks[static_cast<size_t>(network)]; }

}  // namespace

RecallHead::RecallHead(const ModelConfig& c, RecallNetwork network, int64_t frames, uint64_t seed)
    : network_(network), patches_(c.patches()) {
  const int64_t values = c.patch_values();
  pixels = register_module("pixels", std::make_shared<model::Dense>(at::IntArrayRef{c.width, values}));
  model::draw_uniform(pixels->kernel, 0.02 * std::sqrt(3.0), seed, "recall.pixels.kernel");
  if (network != RecallNetwork::kPooledViT) return;
  time = register_parameter("time_pos_embedding", at::zeros({1, frames, 1, c.width}));
  model::draw_uniform(time, std::sqrt(3.0), seed,
                      "recall.time_pos_embedding");  // of variance one, as positions from scratch
}

Tensor RecallHead::pixels_of(const Tensor& tokens) const {
  return pixels->forward(tokens.narrow(1, tokens.size(1) - patches_, patches_));  // the class token comes first
}

Tensor RecallHead::forward(const model::TRecViT& model, const Tensor& clips,
                           const model::ForwardOptions& options) const {
  if (network_ == RecallNetwork::kPooledViT) return pixels_of(pooled(model, clips));
  const int64_t frames = clips.size(1), seen = network_ == RecallNetwork::kLastFrame ? 1 : frames;
  return pixels_of(model.forward(clips.narrow(1, frames - seen, seen), nullptr, options).tokens.select(1, -1));
}

// All tokens of all frames as those of one large frame: [B, 1, T * N', D].
Tensor RecallHead::pooled(const model::TRecViT& model, const Tensor& clips) const {
  Tensor tokens = model.tokenizer->forward(clips);
  tokens = tokens + time.to(tokens.dtype());
  Tensor x = tokens.flatten(1, 2).unsqueeze(1);
  for (const auto& block : model.encoder->spatial) x = block->forward(x);
  return model.encoder->norm->forward(x).reshape(tokens.sizes()).mean(1);
}

Recall::Recall(const TrainConfig& config, std::shared_ptr<model::TRecViT> model, const ClipDataset& training_set)
    : config_(config),
      model_(std::move(model)),
      training_set_(training_set),
      device_(model_->tokenizer->embedding->kernel.device()) {
  if (config.run.chunk > 0) fail_usage("run.chunk", "expected 0 to recall a frame, got {}", config.run.chunk);
  if (config.run.recompute && config.recall.network == RecallNetwork::kPooledViT)
    fail_usage("run.recompute", "expected false with recall.network = \"pooled_vit\", got true");
  if (config.clip.order != FrameOrder::kAsIs)
    fail_usage("clip.order", "expected as_is to recall a frame, got another order of frames");
  head_ = std::make_shared<RecallHead>(model_->config(), config.recall.network, config.clip.frames, config.seed);
  head_->to(device_);
}

bool Recall::learns(const std::string& name) const {
  return config_.recall.network != RecallNetwork::kPooledViT || name.find("residualblock") == std::string::npos;
}

std::map<std::string, std::shared_ptr<torch::nn::Module>> Recall::modules() const { return {{"recall", head_}}; }

Tensor Recall::past(const Tensor& clips) const { return clips.select(1, clips.size(1) - 1 - config_.recall.back); }

// [B, N, P * P * 3]
Tensor Recall::recall(const Tensor& clips) const {
  const model::Autocast autocast(autocast_of(config_, device_));
  model::ForwardOptions options;
  options.recompute = config_.run.recompute;
  return head_->forward(*model_, clips, options).to(at::kFloat);
}

void Recall::learn(const Batch& batch, double share, const RandomStream& /*random*/, Loss& sum) {
  const Tensor clips = clips_to_device(batch, model_->config(), device_);
  const Tensor wanted = model::patches_of_clips(past(clips).unsqueeze(1), model_->config()).squeeze(1);
  const Tensor loss = at::mse_loss(recall(clips), wanted);
  (share * loss).backward();
  sum.value += share * loss.item<double>();
}

Recall::Frames Recall::frames_of(const Batch& batch) const {
  const Tensor clips = clips_to_device(batch, model_->config(), device_);
  const Tensor recalled = model::clips_of_patches(recall(clips).unsqueeze(1), model_->config()).squeeze(1);
  return {past(clips).cpu(), recalled.cpu(), clips.select(1, -1).cpu()};
}

TestResult Recall::test(const ClipDataset& set, const std::function<void(int64_t clips)>& progress) {
  const at::NoGradGuard no_grad;
  if (!mean_picture_.defined()) mean_picture_ = mean_picture(training_set_, model_->config(), config_.seed);
  Loader loader(set, loader_options(evaluate_options(config_)));
  MeanPsnr psnrs;
  double loss = 0;
  int64_t count = 0;
  while (const auto batch = loader.next()) {
    if (batch->clips == 0) continue;
    const Frames frames = frames_of(*batch);
    loss += at::mse_loss(frames.recalled, frames.past).item<double>() * static_cast<double>(batch->clips);
    for (int64_t b = 0; b < batch->clips; ++b) {
      psnrs.add("model", frames.recalled[b].clamp(0, 1), frames.past[b]);
      psnrs.add("last_frame", frames.last[b], frames.past[b]);
      psnrs.add("mean_picture", mean_picture_, frames.past[b]);
    }
    count += batch->clips;
    progress(batch->clips);
  }
  TestResult out;
  out.count = count;
  if (count == 0) return tested_ = out;
  loss /= static_cast<double>(count);
  out.columns = {{"loss", loss}, {"psnr", psnrs.mean("model")}};
  out.score = -loss;
  out.shown = loss;
  out.json = {{"schema", "trecvit.recall/1"},
              {"count", count},
              {"back", config_.recall.back},
              {"network", name_of(config_.recall.network)},
              {"loss", loss},
              {"psnr", psnrs.mean("model")}};
  out.facts = {{"clips tested", std::to_string(count)},
               {"frames back", std::to_string(config_.recall.back)},
               {"loss", fmt::format("{:.5f}", loss)},
               {"PSNR", fmt::format("{:.2f} dB", psnrs.mean("model"))}};
  for (const char* name : {"last_frame", "mean_picture"}) {
    out.json["rules"][name] = psnrs.mean(name);
    out.facts.emplace_back(std::string("PSNR of ") + name, fmt::format("{:.2f} dB", psnrs.mean(name)));
  }
  return tested_ = out;
}

std::vector<Task::Curves> Recall::curves() const {
  return {{"Loss", {{"loss", "training"}, {"val_loss", "validation"}}},
          {"PSNR of the past frame", {{"val_psnr", "validation"}}}};
}

void Recall::add_to(Report& report) const {
  for (const auto& [name, value] : tested_.facts) report.highlights.push_back({name, value});
  for (const auto& [name, picture] : drawn_) report.pictures.push_back({name, picture});
}

std::vector<Task::NamedPicture> Recall::draw(const ClipDataset& set) {
  const at::NoGradGuard no_grad;
  std::vector<FrameRow> rows = {
      {fmt::format("{} frames ago", config_.recall.back), {}}, {"recalled", {}}, {"difference", {}}, {"last", {}}};
  std::vector<Tensor> kept;  // whose bytes the rows show
  for (const auto& clip : shown_clips(set, kDrawnClips, config_.seed)) {
    Batch batch;
    batch.clips = 1;
    batch.index = {clip.index};
    batch.pixels = clip.pixels;
    const Frames frames = frames_of(batch);
    const Tensor all = at::stack(
        {frames.past[0], frames.recalled[0].clamp(0, 1), (frames.recalled[0] - frames.past[0]).abs(), frames.last[0]});
    kept.push_back((all.clamp(0, 1) * 255).round().to(at::kByte).contiguous());
    const auto bytes = static_cast<size_t>(kept.back()[0].numel());
    for (size_t row = 0; row < rows.size(); ++row)
      rows[row].frames.emplace_back(kept.back().const_data_ptr<uint8_t>() + row * bytes, bytes);
  }
  if (kept.empty()) return {};
  const ModelConfig& c = model_->config();
  drawn_ = {{"recall", draw_rows(rows, frame_cell(c.image_height, c.image_width))}};
  return drawn_;
}

void Recall::save_beside(const std::string& model_folder) const {
  save_module((std::filesystem::path(model_folder) / kRecallFile).string(), *head_,
              {"recall", name_of(config_.recall.network)});
}

}  // namespace trecvit::train
