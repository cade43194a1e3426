#include "trecvit/train/resolve.h"

#include <ATen/Context.h>

#include <algorithm>
#include <cmath>

#include "trecvit/base/error.h"

namespace trecvit::train {
namespace {

constexpr std::string_view kWhere = "training config";

}  // namespace

ModelConfig resolve_model(const TrainConfig& config, const ModelConfig& sizes,
                          const std::vector<std::string>& classes) {
  ModelConfig model = sizes;
  model.num_classes = static_cast<int64_t>(classes.size());
  model.id2label.clear();
  for (size_t i = 0; i < classes.size(); ++i) model.id2label[static_cast<int64_t>(i)] = classes[i];
  model.clip_frames = config.clip.frames;
  model.frame_stride = config.clip.sampling == Sampling::kStride ? config.clip.stride : 1;
  if (config.objective.target == TargetKind::kFrame) model.readout = {Readout::Kind::kLast, 0};
  try {
    validate(model, std::string(kWhere));
  } catch (const Error& error) {
    throw Error(ErrorKind::kUsage, error.what());  // a mistake in the config, not a file that cannot be read
  }
  return model;
}

at::Device parse_device(const std::string& text) {
  const bool numbered = text.starts_with("cuda:") && text.size() > 5 && text.size() < 9 &&
                        text.find_first_not_of("0123456789", 5) == std::string::npos;
  if (text != "cpu" && text != "cuda" && !numbered)
    fail_usage("run.device", "expected cpu, cuda or cuda:N, got '{}'", printable(text));
  const at::Device device(text);
  if (device.is_cuda() && !at::hasCUDA())
    fail(ErrorKind::kUnavailable, "run.device", "expected a LibTorch with CUDA and a GPU for {}, got none", text);
  return device;
}

int64_t resolve_steps(const TrainConfig& config, int64_t samples) {
  if (config.run.steps > 0) return config.run.steps;
  if (config.run.epochs <= 0) fail_usage(kWhere, "expected run.steps or run.epochs to say how long, got neither");
  const double clips = config.run.epochs * static_cast<double>(samples);
  const auto a_step = static_cast<double>(config.run.batch * config.optimizer.accumulate);
  return std::max<int64_t>(1, std::llround(clips / a_step));
}

}  // namespace trecvit::train
