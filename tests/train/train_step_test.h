// Shared by tests of single training steps: a model with its first batches, and comparisons of weights.
#pragma once

#include <ATen/Parallel.h>

#include <algorithm>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "model/model_test.h"
#include "train/train_test.h"
#include "trecvit/data/loader.h"
#include "trecvit/model/initialise.h"
#include "trecvit/train/resolve.h"
#include "trecvit/train/tasks/classification.h"
#include "trecvit/train/train_step.h"
#include "trecvit/weights/starting_point.h"

namespace trecvit::test {

using train::StepResult;
using train::TrainStep;

// A model and the batches of its first steps.
struct StepFixture {
  explicit StepFixture(const std::vector<std::string>& changes = {}) : config(tiny_config(changes)) {
    at::set_num_threads(1);
    const ModelConfig sizes = model_sizes(config.wanted_model());
    set = open_dataset(config.train, clip_options(config, sizes, true));
    network = std::make_shared<model::TRecViT>(train::resolve_model(config, sizes, *set));
    model::initialise(*network, model::Initialiser::kScratch, config.seed);
  }
  std::vector<Batch> batches(int64_t count, int64_t clips) const {
    LoaderOptions options;
    options.order = Order::kShuffled;
    options.batch = clips;
    options.workers = 0;
    Loader loader(*set, options);
    std::vector<Batch> all;
    for (int64_t i = 0; i < count; ++i) all.push_back(*loader.next());
    return all;
  }
  TrainStep stepper(const Tensor& class_weights = {}) const {
    return {config, network, 8, std::make_shared<train::Classification>(config, network, class_weights)};
  }

  TrainConfig config;
  std::unique_ptr<ClipDataset> set;
  std::shared_ptr<model::TRecViT> network;
};

inline std::map<std::string, Tensor> copy_of(const std::map<std::string, Tensor>& tensors) {
  std::map<std::string, Tensor> out;
  for (const auto& [name, tensor] : tensors) out[name] = tensor.detach().clone();
  return out;
}

inline double largest_difference(const std::map<std::string, Tensor>& a, const std::map<std::string, Tensor>& b) {
  double worst = 0;
  for (const auto& [name, tensor] : a) worst = std::max(worst, (tensor - b.at(name)).abs().max().item<double>());
  return worst;
}

// The weights after some steps with these changes to the tiny config.
inline std::map<std::string, Tensor> weights_after(const std::vector<std::string>& changes, int64_t steps,
                                                   int64_t batches, int64_t clips) {
  const StepFixture fixture(changes);
  TrainStep stepper = fixture.stepper();
  const auto all = fixture.batches(steps * batches, clips);
  for (int64_t step = 0; step < steps; ++step)
    stepper.run(std::span(all).subspan(static_cast<size_t>(step * batches), static_cast<size_t>(batches)), step);
  return copy_of(stepper.weights());
}

// Largest difference of weights due to another order of summation. A step of AdamW is as large as the learning rate,
// whatever the size of the gradient.
inline constexpr double kSums = 2e-5;

}  // namespace trecvit::test
