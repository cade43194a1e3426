#include "trecvit/train/tasks/make_task.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "trecvit/train/tasks/classification.h"
#include "trecvit/train/tasks/masked_reconstruction.h"
#include "trecvit/train/tasks/recall.h"

namespace trecvit::train {
namespace {

// [C] weights by inverse frequency; their mean over the samples is one.
Tensor class_weights(const ClipDataset& set) {
  std::vector<float> counts(set.classes().size(), 0);
  for (int64_t i = 0; i < set.size(); ++i) counts[static_cast<size_t>(set.info(i).label)] += 1;
  Tensor weights = at::zeros({static_cast<int64_t>(counts.size())});
  const auto occurring = static_cast<float>(std::count_if(counts.begin(), counts.end(), [](float n) { return n > 0; }));
  for (size_t c = 0; c < counts.size(); ++c) {
    if (counts[c] > 0) weights[static_cast<int64_t>(c)] = static_cast<float>(set.size()) / (occurring * counts[c]);
  }
  return weights;
}

}  // namespace

std::shared_ptr<Task> make_task(const TrainConfig& config, const std::shared_ptr<model::TRecViT>& model,
                                const ClipDataset& training_set) {
  if (config.task == TaskKind::kReconstruct) return std::make_shared<MaskedReconstruction>(config, model, training_set);
  if (config.task == TaskKind::kRecall) return std::make_shared<Recall>(config, model, training_set);
  return std::make_shared<Classification>(config, model,
                                          config.objective.class_weights ? class_weights(training_set) : Tensor());
}

}  // namespace trecvit::train
