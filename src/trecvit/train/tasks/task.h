// What a run learns, in four interfaces: the loss of a batch, the test, what people see of it, and what is stored next
// to the network. Everything else in a run is independent of the task: train_step.h (one step of the optimiser),
// train_loop.h (the loop over steps) and run_writer.h (checkpoints, logs, the report).
#pragma once

#include <torch/nn/module.h>

#include <cmath>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "trecvit/base/random.h"
#include "trecvit/base/work_control.h"
#include "trecvit/data/loader.h"
#include "trecvit/report/run_report.h"
#include "trecvit/train/tasks/test_result.h"
#include "trecvit/weights/tensor_table.h"

namespace trecvit::train {

// The sum over the batches of a step.
struct Loss {
  double value = 0;  // mean over the samples; NaN if all of them were bad
  // Its parts and other values of the step, by the names of Learner::step_columns(); unknown values are absent.
  std::map<std::string, double> parts;

  bool is_finite() const {
    double sum = value;
    for (const auto& [name, part] : parts) sum += part;
    return std::isfinite(sum);
  }
};

// What one step of the optimiser needs from a task (train_step.h).
class Learner {
 public:
  virtual ~Learner() = default;
  // Whether a tensor of the network is trained.
  virtual bool learns(const TensorSpec& /*spec*/) const { return true; }
  // Modules that are trained together with the network, by the prefix of their tensor names in checkpoints.
  struct LearntModule {
    std::shared_ptr<torch::nn::Module> module;
    std::vector<at::Tensor> decaying;  // those of its parameters that weight decay applies to
  };
  virtual std::map<std::string, LearntModule> modules() const { return {}; }
  // Adds `share` times the gradients of the mean loss over the batch to the gradients, and `share` times that mean to
  // `loss`. All randomness comes from `random` and ATen's default generator.
  virtual void learn(const Batch& batch, double share, const RandomStream& random, Loss& loss) = 0;
  // All names that Loss::parts may hold; columns of metrics.csv.
  virtual std::vector<std::string> step_columns() const = 0;
};

class Tester {
 public:
  virtual ~Tester() = default;
  // Tests the current weights. control: told of the clips of each batch; Stopped is thrown once a stop was requested.
  virtual TestResult test(const ClipDataset& set, const WorkControl& control) = 0;
  // The names in TestResult::columns.
  virtual std::vector<std::string> test_columns() const = 0;
};

// What people see of a task, in the log, the report and pictures.
class Presenter {
 public:
  virtual ~Presenter() = default;
  // The charts of the report; columns of a test begin with val_.
  virtual std::vector<report::Curves> curves() const = 0;
  // Adds the newest test to the report of the run; facts about the run itself are filled in afterwards.
  virtual void add_to(report::Report& report) const = 0;
  // Remarks worth knowing before the first step. Leaves no gradients.
  virtual std::vector<std::string> notes() { return {}; }

  // Pictures of clips of the set, with the current weights.
  struct NamedPicture {
    std::string name;
    report::Picture picture;
  };
  virtual std::vector<NamedPicture> paint(const ClipDataset& /*set*/) { return {}; }
  struct Film {
    std::string name;
    int height = 0, width = 0;
    std::vector<std::vector<uint8_t>> frames;  // [height, width, 3]
  };
  virtual std::optional<Film> film(const ClipDataset& /*set*/) { return std::nullopt; }
};

// What is stored next to a model of this task: its probe or its decoder.
class Companion {
 public:
  virtual ~Companion() = default;
  // Writes what the network in this folder needs in addition; load_companion reads it and throws as load_module.
  virtual void save_companion(const std::string& /*model_folder*/) const {}
  virtual void load_companion(const std::string& /*model_folder*/) {}
  // Called if a run starts from this model: loads what is stored next to it, if that fits. Returns a sentence for
  // people about what it did; empty if there is nothing to say.
  virtual std::string start_from(const std::string& /*model_path*/) { return {}; }
};

class Task : public Learner, public Tester, public Presenter, public Companion {
 public:
  Task() = default;
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
};

}  // namespace trecvit::train
