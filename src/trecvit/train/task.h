// What a run learns: the loss of a batch, the test, and what is kept beside the network. All else of a run, whatever it
// learns, is in train_step.h (one step of the optimiser) and trainer.h (the loop, checkpoints, logs, the report).
#pragma once

#include <torch/nn/module.h>

#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "trecvit/base/random.h"
#include "trecvit/base/work_control.h"
#include "trecvit/data/loader.h"
#include "trecvit/train/report.h"
#include "trecvit/weights/tensor_table.h"

namespace trecvit::train {

// What the batches of a step add up to.
struct Loss {
  double value = 0;  // mean over the samples; not-a-number where all of them were bad
  // Its parts and what else is known of the step, by the names of Task::step_columns(); what is not known is not there.
  std::map<std::string, double> parts;

  bool is_finite() const {
    double sum = value;
    for (const auto& [name, part] : parts) sum += part;
    return std::isfinite(sum);
  }
};

// What a test of a set says.
struct TestResult {
  int64_t count = 0;    // samples tested
  double score = 0;     // more is better: the best model of a run; nothing is said where no sample was tested
  double shown = 0;     // the one number of a line of progress
  std::string measure;  // what the score says, for people, and its value
  double measured = 0;
  std::map<std::string, double> columns;                       // by the names of Task::test_columns()
  std::vector<std::pair<std::string, std::string>> facts;      // for people: name and value
  Json json;                                                   // all of it
  std::vector<std::pair<std::string, std::string>> bad_files;  // that could not be read: name and reason
};

class Task {
 public:
  Task() = default;
  virtual ~Task() = default;
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;

  // Whether a tensor of the network is learnt.
  virtual bool learns(const TensorSpec& /*spec*/) const { return true; }
  // Modules that are trained together with the network, by the word that the names of its tensors begin with in
  // checkpoints.
  virtual std::map<std::string, std::shared_ptr<torch::nn::Module>> modules() const { return {}; }
  // Adds the gradients of `share` of the step's loss, and that share of the mean over the batch to `loss`. All that is
  // random comes from `random` and ATen's default generator.
  virtual void learn(const Batch& batch, double share, const RandomStream& random, Loss& loss) = 0;

  // The columns of metrics.csv that this task has of a step besides its loss, and of a test.
  virtual std::vector<std::string> step_columns() const = 0;
  virtual std::vector<std::string> test_columns() const = 0;
  // Tests the weights as they are. control: told of the clips of each batch; Stopped is thrown once
  // its stop was requested.
  virtual TestResult test(const ClipDataset& set, const WorkControl& control) = 0;
  // A chart of the report: columns of metrics.csv, those of a test with val_ before, and how they are called there.
  struct Curves {
    std::string title;
    std::vector<std::pair<const char*, const char*>> columns;
  };
  virtual std::vector<Curves> curves() const = 0;
  // What the newest test adds to the report of the run.
  virtual void add_to(Report& report) const = 0;

  // Pictures for people, of clips of the set with the weights as they are.
  struct NamedPicture {
    std::string name;
    Picture picture;
  };
  virtual std::vector<NamedPicture> draw(const ClipDataset& /*set*/) { return {}; }
  struct Film {
    std::string name;
    int height = 0, width = 0;
    std::vector<std::vector<uint8_t>> frames;  // [height, width, 3]
  };
  virtual std::optional<Film> film(const ClipDataset& /*set*/) { return std::nullopt; }

  // Writes what the network of this folder needs beside it; reads it, or throws as load_module.
  virtual void save_beside(const std::string& /*model_folder*/) const {}
  virtual void load_beside(const std::string& /*model_folder*/) {}
  // A run begins at this model: reads what lies beside it and fits. Returns what it did, for people; empty where there
  // is nothing to say.
  virtual std::string start_from(const std::string& /*model_path*/) { return {}; }
  // What is worth knowing before the first step, for people. Leaves no gradients.
  virtual std::vector<std::string> notes() { return {}; }
};

}  // namespace trecvit::train
