#include "trecvit/pipeline/engine_predictor.h"

#include <algorithm>
#include <cmath>

#include "trecvit/base/error.h"
#include "trecvit/base/stop.h"
#include "trecvit/engine/frame_checks.h"

namespace trecvit {
namespace {

class Predictor {
 public:
  Predictor(const ModelFiles& files, const ModelChoice& choice, const ObjectiveConfig& objective,
            const ClipDataset& dataset)
      : model_(Model::make(files.config, *files.weights, provider_of(choice), choice.budget)),
        engine_(model_, choice.threads),
        stop_(choice.stop),
        per_frame_(objective.target == TargetKind::kFrame),
        multi_label_(objective.multi_label),
        dataset_(dataset) {
    engine_.stop_on(stop_);
  }

  std::vector<float> operator()(const Batch& batch) {
    std::vector<float> scores;
    const size_t bytes = batch.pixels.size() / static_cast<size_t>(batch.clips);
    for (size_t clip = 0; clip < static_cast<size_t>(batch.clips); ++clip) {
      throw_if_stopped(stop_);
      const ClipResult result =
          run(std::span(batch.pixels).subspan(clip * bytes, bytes), dataset_.info(batch.index[clip]).name);
      append_scores(result.logits.span(), scores);
    }
    return scores;
  }

 private:
  ClipResult run(std::span<const uint8_t> clip, const std::string& name) {
    const auto scale = static_cast<float>(model_->config().preprocess.scale);
    pixels_.resize(clip.size());
    std::ranges::transform(clip, pixels_.begin(), [scale](uint8_t v) { return static_cast<float>(v) * scale; });
    StreamState state = model_->make_state();
    try {
      return engine_.run(pixels_, state);
    } catch (const FrameError& error) {
      throw error.in_source(name, error.frame());
    }
  }

  // logits [T, C]
  void append_scores(std::span<const float> logits, std::vector<float>& scores) const {
    const auto classes = static_cast<size_t>(model_->config().num_classes);
    if (!per_frame_) logits = logits.last(classes);
    std::vector<float> probs(classes);
    for (size_t row = 0; row < logits.size(); row += classes) {
      const auto of_row = logits.subspan(row, classes);
      if (multi_label_) {
        std::ranges::transform(of_row, probs.begin(), [](float v) { return 1 / (1 + std::exp(-v)); });
      } else {
        softmax(of_row, probs);
      }
      scores.insert(scores.end(), probs.begin(), probs.end());
    }
  }

  std::shared_ptr<const Model> model_;
  Engine engine_;
  std::stop_token stop_;
  bool per_frame_, multi_label_;
  const ClipDataset& dataset_;
  std::vector<float> pixels_;
};

}  // namespace

Predict predict_by_engine(const ModelFiles& files, const ModelChoice& choice, const ObjectiveConfig& objective,
                          const ClipDataset& dataset) {
  const auto predictor = std::make_shared<Predictor>(files, choice, objective, dataset);
  return [predictor](const Batch& batch) { return (*predictor)(batch); };
}

}  // namespace trecvit
