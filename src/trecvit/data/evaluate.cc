#include "trecvit/data/evaluate.h"

#include <algorithm>
#include <cmath>

#include "trecvit/base/error.h"

namespace trecvit {
namespace {

// Collects the views of samples, which arrive sample by sample.
class Collector {
 public:
  Collector(const ClipDataset& dataset, const EvaluateOptions& options)
      : dataset_(dataset), options_(options), classes_(dataset.classes().size()) {
    if (options.multi_label) {
      several_.emplace(dataset.classes());
    } else {
      single_.emplace(dataset.classes());
    }
  }

  // scores, targets: [rows, C], where rows is 1 or the clip's number of frames.
  void add(const Batch& batch, size_t clip, std::span<const float> scores, std::span<const float> targets) {
    check_finite(batch.index[clip], scores);
    if (batch.index[clip] != index_) finish();
    if (views_ == 0) {
      index_ = batch.index[clip];
      sums_.assign(scores.size(), 0);
      targets_.assign(targets.begin(), targets.end());
      const size_t pixels = batch.pixels.size() / static_cast<size_t>(batch.clips);
      const auto begin = batch.pixels.begin() + static_cast<ptrdiff_t>(clip * pixels);
      if (options_.mistakes > 0) pixels_.assign(begin, begin + static_cast<ptrdiff_t>(pixels));
    }
    for (size_t i = 0; i < scores.size(); ++i) sums_[i] += scores[i];
    ++views_;
  }

  Evaluation result() {
    finish();
    Evaluation out;
    out.metrics = single_ ? single_->metrics() : several_->metrics();
    for (const int64_t right : right_by_frame_)
      out.metrics.accuracy_by_frame.push_back(static_cast<double>(right) / static_cast<double>(samples_));
    out.mistakes = std::move(mistakes_);
    return out;
  }

 private:
  // If counted, a non-finite score would look like an ordinary mistake of the model.
  void check_finite(int64_t index, std::span<const float> scores) const {
    const auto bad = std::find_if(scores.begin(), scores.end(), [](float score) { return !std::isfinite(score); });
    if (bad == scores.end()) return;
    fail_input(printable(dataset_.info(index).name),
               "expected finite predictions, got {}{}; the weights are damaged or too large for float32", *bad,
               scores.size() > classes_
                   ? fmt::format(" for frame {}", static_cast<size_t>(bad - scores.begin()) / classes_)
                   : "");
  }

  void finish() {
    if (views_ == 0) return;
    for (float& sum : sums_) sum /= static_cast<float>(views_);
    if (options_.tested) options_.tested({index_, sums_, targets_});
    views_ = 0;
    ++samples_;
    if (single_ && sums_.size() > classes_) right_by_frame_.resize(sums_.size() / classes_);
    for (size_t row = 0; row < sums_.size(); row += classes_) {
      const auto scores = std::span(sums_).subspan(row, classes_), targets = std::span(targets_).subspan(row, classes_);
      add_row(scores, targets);
      if (!right_by_frame_.empty()) right_by_frame_[row / classes_] += best_of(scores) == best_of(targets);
    }
  }

  void add_row(std::span<const float> probabilities, std::span<const float> targets) {
    if (several_) return several_->add(probabilities, targets);
    constexpr float kLeast = 1e-30F;  // keeps the logarithm finite
    std::vector<float> logs(classes_);
    for (size_t c = 0; c < classes_; ++c) logs[c] = std::log(std::max(probabilities[c], kLeast));
    const int64_t truth = best_of(targets), predicted = best_of(probabilities);
    single_->add(logs, truth);
    if (predicted != truth) keep_mistake(truth, predicted, probabilities[static_cast<size_t>(predicted)]);
  }

  void keep_mistake(int64_t truth, int64_t predicted, double probability) {
    if (options_.mistakes == 0) return;
    Mistake mistake{dataset_.info(index_).name, truth, predicted, probability, pixels_};
    const auto after =
        std::upper_bound(mistakes_.begin(), mistakes_.end(), mistake,
                         [](const Mistake& a, const Mistake& b) { return a.probability > b.probability; });
    mistakes_.insert(after, std::move(mistake));
    if (static_cast<int64_t>(mistakes_.size()) > options_.mistakes) mistakes_.pop_back();
  }

  const ClipDataset& dataset_;
  const EvaluateOptions& options_;
  size_t classes_;
  std::optional<ClassificationCounter> single_;
  std::optional<MultiLabelCounter> several_;
  std::vector<Mistake> mistakes_;
  int64_t samples_ = 0;
  std::vector<int64_t> right_by_frame_;
  // Of the current sample.
  int64_t index_ = -1, views_ = 0;
  std::vector<float> sums_, targets_;
  std::vector<uint8_t> pixels_;
};

}  // namespace

EvaluateOptions evaluate_options(const TrainConfig& config) {
  EvaluateOptions options;
  options.batch = config.run.batch;
  options.workers = config.loader.workers;
  options.bad_files = config.loader.bad_files;
  options.bad_limit = config.loader.bad_limit;
  options.frames = {config.clip.order, config.clip.frames, config.objective.target == TargetKind::kFrame, false};
  options.multi_label = config.objective.multi_label;
  return options;
}

LoaderOptions loader_options(const EvaluateOptions& options) {
  LoaderOptions loading;
  loading.order = Order::kInTurn;
  loading.batch = options.batch;
  loading.workers = options.workers;
  loading.bad_files = options.bad_files == BadFiles::kReplace ? BadFiles::kSkip : options.bad_files;
  loading.bad_limit = options.bad_limit;
  loading.frames = options.frames;
  return loading;
}

Evaluation evaluate(const ClipDataset& dataset, const EvaluateOptions& options, const Predict& predict) {
  Loader loader(dataset, loader_options(options));
  Collector collector(dataset, options);
  while (const auto batch = loader.next()) {
    if (batch->clips == 0) continue;
    const std::vector<float> scores = predict(*batch);
    TRECVIT_CHECK(scores.size() == batch->targets.size());
    const size_t one = scores.size() / static_cast<size_t>(batch->clips);
    for (size_t clip = 0; clip < static_cast<size_t>(batch->clips); ++clip) {
      collector.add(*batch, clip, std::span(scores).subspan(clip * one, one),
                    std::span(batch->targets).subspan(clip * one, one));
    }
    options.control.done(batch->clips);
  }
  Evaluation result = collector.result();
  result.bad_files = loader.bad();
  return result;
}

}  // namespace trecvit
