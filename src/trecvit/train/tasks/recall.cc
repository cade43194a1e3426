#include "trecvit/train/tasks/recall.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <cmath>

#include "trecvit/base/error.h"
#include "trecvit/base/random.h"
#include "trecvit/model/autocast.h"
#include "trecvit/model/initialise.h"
#include "trecvit/train/device_clips.h"

namespace trecvit::train {
namespace {

constexpr int64_t kRecallsShown = 8;

// Throws Error(kUsage) if settings are incompatible.
std::shared_ptr<RecallHead> make_head(const TrainConfig& config, const ModelConfig& model) {
  if (config.run.chunk > 0) fail_usage("run.chunk", "expected 0 to recall a frame, got {}", config.run.chunk);
  if (config.run.recompute && config.recall.network == RecallNetwork::kPooledViT)
    fail_usage("run.recompute", "expected false with recall.network = \"pooled_vit\", got true");
  if (config.clip.order != FrameOrder::kAsIs)
    fail_usage("clip.order", "expected as_is to recall a frame, got another order");
  return std::make_shared<RecallHead>(model, config.recall.network, config.clip.frames, config.seed);
}

}  // namespace

TaskCost cost_of_recall(const TrainConfig& config, const ModelConfig& model) {
  TaskCost cost = cost_of_network(model);
  const auto frames = static_cast<double>(config.clip.frames);
  if (config.recall.network == RecallNetwork::kLastFrame) {
    cost.flops /= frames;
    cost.tokens /= frames;
  }
  if (config.recall.network == RecallNetwork::kPooledViT) {
    cost.attended = config.clip.frames * model.tokens();
    // The temporal blocks are counted too, although this network has none.
    cost.flops = model.encoder_flops_per_frame(cost.attended) / frames;
  }
  return cost;
}

RecallHead::RecallHead(const ModelConfig& c, RecallNetwork network, int64_t frames, uint64_t seed)
    : network_(network), patches_(c.patches()) {
  const int64_t values = c.patch_values();
  pixels = register_module("pixels", std::make_shared<model::Dense>(at::IntArrayRef{c.width, values}));
  model::draw_uniform(pixels->kernel, 0.02 * std::sqrt(3.0), seed, "recall.pixels.kernel");
  if (network != RecallNetwork::kPooledViT) return;
  time = register_parameter("time_pos_embedding", at::zeros({1, frames, 1, c.width}));
  model::draw_uniform(time, std::sqrt(3.0), seed,
                      "recall.time_pos_embedding");  // with variance one, like positions from scratch
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
  const int64_t frames = tokens.size(1);
  TRECVIT_CHECK(frames <= time.size(1));
  tokens = tokens + time.narrow(1, time.size(1) - frames, frames).to(tokens.dtype());
  Tensor x = tokens.flatten(1, 2).unsqueeze(1);
  for (const auto& block : model.encoder->spatial) x = block->forward(x);
  return model.encoder->norm->forward(x).reshape(tokens.sizes()).mean(1);
}

Recall::Recall(const TrainConfig& config, const std::shared_ptr<model::TRecViT>& model, const ClipDataset& training_set)
    : Recall(config, model, training_set, make_head(config, model->config())) {}

Recall::Recall(const TrainConfig& config, std::shared_ptr<model::TRecViT> model, const ClipDataset& training_set,
               std::shared_ptr<RecallHead> head)
    : PictureTask(config, std::move(model), training_set,
                  {"recall",
                   fmt::format("{}, {} back", word_of(config.recall.network), config.recall.back),
                   "PSNR",
                   "PSNR of the past frame",
                   {"last_frame", "mean_picture"}},
                  head),
      head_(std::move(head)) {}

bool Recall::learns(const TensorSpec& spec) const {
  return config_.recall.network != RecallNetwork::kPooledViT || part_of(spec.layer) != NetworkPart::kTemporalBlock;
}

Tensor Recall::past(const Tensor& clips) const { return clips.select(1, clips.size(1) - 1 - config_.recall.back); }

// [B, N, P * P * 3]
Tensor Recall::recall(const Tensor& clips) const {
  const model::Autocast autocast(autocast_of(config_, device_));
  model::ForwardOptions options;
  options.recompute = config_.run.recompute;
  return head_->forward(*model_, clips, options).to(at::kFloat);
}

void Recall::learn(const Batch& batch, double share, const RandomStream& random, Loss& sum) {
  const Tensor whole = clips_to_device(batch, model_->config(), device_);
  const int64_t least = config_.recall.back + 1, lengths = whole.size(1) - least + 1;
  const Tensor clips =
      whole.narrow(1, 0, least + static_cast<int64_t>(random.bits(0) % static_cast<uint64_t>(lengths)));
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

double Recall::test_batch(const Batch& batch, TestPsnrs& psnrs) {
  const Frames frames = frames_of(batch);
  for (int64_t b = 0; b < batch.clips; ++b) {
    psnrs.network.add("model", frames.recalled[b].clamp(0, 1), frames.past[b]);
    if (!psnrs.asks_rules_of(batch.index[static_cast<size_t>(b)])) continue;
    psnrs.rules.add("last_frame", frames.last[b], frames.past[b]);
    psnrs.rules.add("mean_picture", mean_picture(psnrs.control), frames.past[b]);
  }
  return at::mse_loss(frames.recalled, frames.past).item<double>();
}

void Recall::describe(TestResult& result) const {
  result.json.update({{"back", config_.recall.back}, {"network", word_of(config_.recall.network)}});
  result.facts.insert(result.facts.begin() + 1, {"frames back", std::to_string(config_.recall.back)});
}

std::optional<report::Picture> Recall::sheet(const ClipDataset& set) {
  std::vector<report::FrameRow> rows = {
      {fmt::format("{} frames ago", config_.recall.back), {}}, {"recalled", {}}, {"difference", {}}, {"last", {}}};
  std::vector<Tensor> kept;  // owns the bytes that the rows show
  for (const auto& clip : report::shown_clips(set, kRecallsShown, config_.seed)) {
    const Frames frames = frames_of(batch_of(clip));
    const Tensor difference = (frames.recalled[0] - frames.past[0]).abs();
    kept.push_back(to_bytes(at::stack({frames.past[0], frames.recalled[0], difference, frames.last[0]})));
    const auto bytes = static_cast<size_t>(kept.back()[0].numel());
    for (size_t row = 0; row < rows.size(); ++row)
      rows[row].frames.emplace_back(kept.back().const_data_ptr<uint8_t>() + row * bytes, bytes);
  }
  if (kept.empty()) return std::nullopt;
  const ModelConfig& c = model_->config();
  return report::paint_rows(rows, report::frame_cell(c.image_height, c.image_width));
}

}  // namespace trecvit::train
