// The shared part of the tasks that predict pixels: a test that compares with baselines that learn nothing ("rules"),
// and pictures of some clips.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "trecvit/config/train_config.h"
#include "trecvit/model/trecvit.h"
#include "trecvit/report/frame_sheet.h"
#include "trecvit/train/module_file.h"
#include "trecvit/train/tasks/picture_error.h"
#include "trecvit/train/tasks/task.h"

namespace trecvit::train {

using at::Tensor;

// The names that a task gives itself in files and texts.
struct PictureWording {
  std::string name;        // of the task: used for its schema, its pictures and the file of its module
  std::string kind;        // of the module, so that the file of a different one is rejected
  std::string psnr;        // label of the PSNR, for people
  std::string psnr_title;  // title of the chart
  std::vector<std::string> rules;
};

class PictureTask : public Task {
 public:
  std::vector<std::string> step_columns() const override { return {}; }
  std::vector<std::string> test_columns() const override { return {"loss", "psnr"}; }
  std::map<std::string, LearntModule> modules() const override;
  // PSNR is the mean over the clips. That of the rules is computed only in the first test of a set, because training
  // does not change it, on at most 256 evenly spaced clips.
  TestResult test(const ClipDataset& set, const WorkControl& control) override;
  std::vector<report::Curves> curves() const override;
  void add_to(report::Report& report) const override;
  std::vector<NamedPicture> paint(const ClipDataset& set) override;
  // Write and read NAME.safetensors next to the model.
  void save_companion(const std::string& model_folder) const override;
  std::string start_from(const std::string& model_path) override;
  void load_companion(const std::string& model_folder) override;

 protected:
  // training_set: its mean picture is one of the rules; must outlive the task. module: trained together with the
  // network.
  PictureTask(TrainConfig config, std::shared_ptr<model::TRecViT> model, const ClipDataset& training_set,
              PictureWording wording, std::shared_ptr<torch::nn::Module> module);

  // PSNRs of a test. Rules may take seconds per clip.
  struct TestPsnrs {
    MeanPsnr network;     // under "model"
    MeanPsnr rules;       // by name
    int64_t every = 0;    // rules run on every n-th clip of the set; 0: on none
    WorkControl control;  // of the test; call done(0) if it takes long between two batches
    bool asks_rules_of(int64_t index) const { return every > 0 && index % every == 0; }
  };
  // The loss of a batch, the mean over its clips. Adds the PSNR of each clip, and that of the rules for clips where
  // asks_rules_of() is true.
  virtual double test_batch(const Batch& batch, TestPsnrs& psnrs) = 0;
  // Adds the other facts known about the newest test.
  virtual void describe(TestResult& result) const = 0;
  // A picture of some clips; nullopt if no clip can be read.
  virtual std::optional<report::Picture> sheet(const ClipDataset& set) = 0;

  // One clip as a batch.
  static Batch batch_of(const report::ShownClip& clip);
  // [..., H, W, 3] in [0, 1] -> bytes on the host.
  static Tensor to_bytes(const Tensor& pictures);
  // [H, W, 3], of the training set. Throws Stopped.
  const Tensor& mean_picture(const WorkControl& control);

  TrainConfig config_;
  std::shared_ptr<model::TRecViT> model_;
  at::Device device_;

 private:
  ModuleKind kind() const { return {wording_.name, wording_.kind}; }
  std::string companion_in(const std::string& model_folder) const;

  const ClipDataset& training_set_;
  PictureWording wording_;
  std::shared_ptr<torch::nn::Module> module_;
  Tensor mean_picture_;            // undefined until it is needed
  std::optional<MeanPsnr> rules_;  // for the set with the fingerprint tested_set_
  uint64_t tested_set_ = 0;
  TestResult tested_;
  std::vector<NamedPicture> painted_;
};

}  // namespace trecvit::train
