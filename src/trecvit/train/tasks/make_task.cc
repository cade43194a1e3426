#include "trecvit/train/tasks/make_task.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <iterator>

#include "trecvit/config/task_facts.h"
#include "trecvit/train/tasks/classification.h"
#include "trecvit/train/tasks/masked_cost.h"
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

using Network = std::shared_ptr<model::TRecViT>;

std::shared_ptr<Task> make_classification(const TrainConfig& config, const Network& model, const ClipDataset& set) {
  return std::make_shared<Classification>(config, model,
                                          config.objective.class_weights ? class_weights(set) : Tensor());
}

template <class OfPictures>
std::shared_ptr<Task> make_picture_task(const TrainConfig& config, const Network& model, const ClipDataset& set) {
  return std::make_shared<OfPictures>(config, model, set);
}

struct TaskRow {
  TaskKind kind;
  std::shared_ptr<Task> (*make)(const TrainConfig&, const Network&, const ClipDataset&);
  TaskCost (*cost)(const TrainConfig&, const ModelConfig&);
};
constexpr TaskRow kTasks[] = {
    {TaskKind::kClassify, make_classification, [](const auto&, const auto& model) { return cost_of_network(model); }},
    {TaskKind::kReconstruct, make_picture_task<MaskedReconstruction>, cost_of_reconstruction},
    {TaskKind::kRecall, make_picture_task<Recall>, cost_of_recall},
};
static_assert(std::size(kTasks) == std::size(kTaskFacts));

const TaskRow& row_of(TaskKind kind) {
  return *std::find_if(std::begin(kTasks), std::end(kTasks), [kind](const TaskRow& row) { return row.kind == kind; });
}

}  // namespace

std::shared_ptr<Task> make_task(const TrainConfig& config, const Network& model, const ClipDataset& training_set) {
  return row_of(config.task).make(config, model, training_set);
}

TaskCost cost_of_task(const TrainConfig& config, const ModelConfig& model) {
  return row_of(config.task).cost(config, model);
}

}  // namespace trecvit::train
