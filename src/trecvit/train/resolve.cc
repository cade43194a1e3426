#include "trecvit/train/resolve.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <dlfcn.h>

#include <algorithm>
#include <cmath>

#include "trecvit/base/error.h"

namespace trecvit::train {
namespace {

constexpr std::string_view kWhere = "training config";

// LibTorch knows of GPUs once its part for them is loaded, and no symbol of it is named here that would make the linker
// do so. Before anything asks, because the first answer is kept.
void load_cuda() {
  static const void* const part = dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL);
  static_cast<void>(part);
}

}  // namespace

ModelConfig resolve_model(const TrainConfig& config, const ModelConfig& sizes, const ClipDataset& set) {
  ModelConfig model = sizes;
  model.id2label.clear();
  if (config.task == TaskKind::kClassify) {
    const auto& classes = set.classes();
    model.num_classes = static_cast<int64_t>(classes.size());
    for (size_t i = 0; i < classes.size(); ++i) model.id2label[static_cast<int64_t>(i)] = classes[i];
  } else {
    model.num_classes = model.head_dim = 0;
  }
  model.clip_frames = config.clip.frames;
  model.frame_stride = set.frame_stride();
  if (config.objective.target == TargetKind::kFrame) model.readout = {Readout::Kind::kLast, 0};
  try {
    validate(model, std::string(kWhere));
  } catch (const Error& error) {
    throw Error(ErrorKind::kUsage, error.what());  // a mistake in the config, not a file that cannot be read
  }
  return model;
}

void check_sets(const TrainConfig& config, const ClipDataset& train, const ClipDataset* val) {
  if (config.task != TaskKind::kClassify) return;
  if (train.classes().size() < 2 && !config.objective.multi_label)
    fail_usage("data.train", "expected clips of two classes or more, got one class; trecvit pretrain needs no labels");
  if (config.objective.motion_weight > 0 && !train.knows_motion())
    fail_usage("objective.motion_weight", "expected 0 for clips whose image motion is not known, got {:g}",
               config.objective.motion_weight);
  if (val && val->classes() != train.classes())
    fail_usage("data", "expected the same classes in data.train and data.val, got {} and {}", train.classes().size(),
               val->classes().size());
}

at::Device parse_device(const std::string& text) {
  const std::string number = text.starts_with("cuda:") ? text.substr(5) : "0";
  const bool numbered =
      !number.empty() && number.size() < 4 && number.find_first_not_of("0123456789") == std::string::npos;
  if (text == "cpu") return at::kCPU;
  if ((text != "cuda" && !text.starts_with("cuda:")) || !numbered)
    fail_usage("device", "expected cpu, cuda or cuda:N, got '{}'", printable(text));
  load_cuda();
  const size_t there = at::hasCUDA() ? at::getNumGPUs() : 0;
  if (std::stoul(number) >= there)
    fail(ErrorKind::kUnavailable, "device", "expected a LibTorch with CUDA and a GPU for {}, got {} of them", text,
         there);
  return {at::kCUDA, static_cast<at::DeviceIndex>(std::stoi(number))};
}

void use_threads(int64_t threads) {
  at::set_num_threads(static_cast<int>(threads));
  // Decaying states and moments become denormal numbers, which cost tens of times as much.
  at::parallel_for(0, threads, 1, [](int64_t, int64_t) { at::globalContext().setFlushDenormal(true); });
}

int64_t resolve_steps(const TrainConfig& config, int64_t samples) {
  if (config.run.steps > 0) return config.run.steps;
  if (config.run.epochs <= 0) fail_usage(kWhere, "expected run.steps or run.epochs to say how long, got neither");
  const double clips = config.run.epochs * static_cast<double>(samples);
  const auto a_step = static_cast<double>(config.run.batch * config.optimizer.accumulate);
  return std::max<int64_t>(1, std::llround(clips / a_step));
}

}  // namespace trecvit::train
