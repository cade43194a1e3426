#include "trecvit/train/tasks/picture_task.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <utility>

#include "trecvit/base/error.h"
#include "trecvit/data/evaluate.h"
#include "trecvit/io/path_in.h"
#include "trecvit/weights/model_files.h"

namespace trecvit::train {

namespace fs = std::filesystem;

namespace {

constexpr int64_t kRuleClips = 256;  // at most, per test

}  // namespace

PictureTask::PictureTask(TrainConfig config, std::shared_ptr<model::TRecViT> model, const ClipDataset& training_set,
                         PictureWording wording, std::shared_ptr<torch::nn::Module> module)
    : config_(std::move(config)),
      model_(std::move(model)),
      device_(model_->tokenizer->embedding->kernel.device()),
      training_set_(training_set),
      wording_(std::move(wording)),
      module_(std::move(module)) {
  module_->to(device_);
}

std::map<std::string, Learner::LearntModule> PictureTask::modules() const {
  return {{wording_.name, {module_, model::kernels_of(*module_)}}};
}

const Tensor& PictureTask::mean_picture(const WorkControl& control) {
  if (!mean_picture_.defined())
    mean_picture_ = train::mean_picture(training_set_, model_->config(), config_.seed, control);
  return mean_picture_;
}

TestResult PictureTask::test(const ClipDataset& set, const WorkControl& control) {
  const at::NoGradGuard no_grad;
  Loader loader(set, loader_options(evaluate_options(config_)));
  const bool known = rules_ && tested_set_ == set.fingerprint();
  TestPsnrs psnrs;
  psnrs.control = control;
  psnrs.every = known ? 0 : (set.size() + kRuleClips - 1) / kRuleClips;
  double loss = 0;
  TestResult out;
  while (const auto batch = loader.next()) {
    if (batch->clips == 0) continue;
    loss += test_batch(*batch, psnrs) * static_cast<double>(batch->clips);
    out.count += batch->clips;
    control.done(batch->clips);
  }
  out.bad_files = loader.bad();
  if (!known) {
    rules_ = psnrs.rules;
    tested_set_ = set.fingerprint();
  }
  out.json = {{"schema", "trecvit." + wording_.name + "/1"}, {"task", wording_.name}, {"count", out.count}};
  out.facts = {{"clips tested", std::to_string(out.count)}};
  if (out.count == 0) return tested_ = out;
  loss /= static_cast<double>(out.count);
  if (!std::isfinite(loss))
    fail(ErrorKind::kCheckFailed, "test", "expected a finite loss, got NaN or infinity; the weights are too large");
  const double psnr = psnrs.network.mean("model");
  out.columns = {{"loss", loss}, {"psnr", psnr}};
  out.score = -loss;
  out.shown = loss;
  out.measure = "loss";
  out.measured = loss;
  out.json.update({{"loss", loss}, {"psnr", psnr}});
  out.facts.emplace_back("loss", fmt::format("{:.5f}", loss));
  out.facts.emplace_back(wording_.psnr, fmt::format("{:.2f} dB", psnr));
  for (const auto& name : wording_.rules) {
    out.json["rules"][name] = rules_->mean(name);
    std::string words = name;
    std::replace(words.begin(), words.end(), '_', ' ');
    out.facts.emplace_back("PSNR of " + words, fmt::format("{:.2f} dB", rules_->mean(name)));
  }
  out.json["rules_count"] = rules_->clips(wording_.rules.front());
  describe(out);
  return tested_ = out;
}

std::vector<report::Curves> PictureTask::curves() const {
  return {{"Loss", {{"loss", "training"}, {"val_loss", "validation"}}},
          {wording_.psnr_title, {{"val_psnr", "validation"}}}};
}

void PictureTask::add_to(report::Report& report) const {
  for (const auto& [name, value] : tested_.facts) report.highlights.push_back({name, value});
  for (const auto& [name, picture] : painted_) report.pictures.push_back({name, picture});
}

std::vector<Presenter::NamedPicture> PictureTask::paint(const ClipDataset& set) {
  const at::NoGradGuard no_grad;
  auto picture = sheet(set);
  if (!picture) return {};
  painted_ = {{wording_.name, std::move(*picture)}};
  return painted_;
}

Batch PictureTask::batch_of(const report::ShownClip& clip) {
  Batch batch;
  batch.clips = 1;
  batch.index = {clip.index};
  batch.pixels = clip.pixels;
  return batch;
}

Tensor PictureTask::to_bytes(const Tensor& pictures) {
  return (pictures.clamp(0, 1) * 255).round().to(at::kByte).cpu().contiguous();
}

std::string PictureTask::companion_in(const std::string& model_folder) const {
  return path_in(model_folder, wording_.name + ".safetensors");
}

void PictureTask::save_companion(const std::string& model_folder) const {
  save_module(companion_in(model_folder), *module_, kind());
}

void PictureTask::load_companion(const std::string& model_folder) {
  load_module(companion_in(model_folder), *module_, kind());
}

std::string PictureTask::start_from(const std::string& model_path) {
  const std::string file = companion_in(model_folder_of(model_path));
  std::error_code unreadable;
  if (!fs::exists(file, unreadable))
    return fmt::format("{}: new, because there is none next to the model", wording_.name);
  try {
    load_module(file, *module_, kind());
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kInput) throw;
    return fmt::format("{}: new, because the one next to the model does not fit: {}", wording_.name, error.what());
  }
  return fmt::format("{}: {}", wording_.name, file);
}

}  // namespace trecvit::train
