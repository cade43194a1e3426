#include "trecvit/train/trainable_model.h"

#include <ATen/ATen.h>

#include "trecvit/base/error.h"
#include "trecvit/base/stop.h"
#include "trecvit/config/tap_names.h"
#include "trecvit/model/model_weights.h"
#include "trecvit/train/device.h"
#include "trecvit/train/tasks/classification.h"
#include "trecvit/train/tasks/make_task.h"
#include "trecvit/train/tasks/probe.h"
#include "trecvit/train/tasks/ridge.h"
#include "trecvit/weights/starting_point.h"

namespace trecvit::train {
namespace {

using at::Tensor;

// Arrays [T, ...] or [clips, ...] that grow along their first axis.
void append(TapArrays& arrays, const std::string& name, const Tensor& rows) {
  const Tensor flat = rows.to(at::kCPU, at::kFloat).contiguous();
  TapArray& array = arrays[name];
  const int64_t before = array.shape.empty() ? 0 : array.shape[0];
  array.shape = flat.sizes().vec();
  array.shape[0] += before;
  const auto* values = flat.const_data_ptr<float>();
  array.values.insert(array.values.end(), values, values + flat.numel());
}

void append_state(TapArrays& arrays, const model::ModelState& state, const std::set<std::string>& names) {
  for (size_t block = 0; block < state.blocks.size(); ++block) {
    const std::string h = state_tap(static_cast<int64_t>(block), "h"),
                      conv = state_tap(static_cast<int64_t>(block), "conv");
    if (names.contains(h)) append(arrays, h, state.blocks[block].h);
    if (names.contains(conv)) append(arrays, conv, state.blocks[block].conv.transpose(1, 2));
  }
}

struct Loaded {
  std::shared_ptr<model::TRecViT> network;
  Tensor clips;  // [clips, T, H, W, 3] on the device of the network
};

Loaded load(const ModelFiles& files, std::span<const float> pixels, int64_t clips, const ModelRun& run) {
  const ModelConfig& c = files.config;
  const at::Device device = open_device(run.device);
  set_compute_threads(run.threads);
  Loaded out{std::make_shared<model::TRecViT>(c), {}};
  model::load_weights(*out.network, *files.weights);
  out.network->to(device);
  const auto frames = static_cast<int64_t>(pixels.size()) / (clips * c.image_height * c.image_width * 3);
  out.clips =
      at::from_blob(const_cast<float*>(pixels.data()), {clips, frames, c.image_height, c.image_width, 3}).to(device);
  return out;
}

TapArrays collect_results(const ModelFiles& files, std::span<const float> pixels, bool frame_by_frame,
                          const ModelRun& run) {
  const at::NoGradGuard no_grad;
  const auto [network, clips] = load(files, pixels, 1, run);
  TapArrays arrays;
  model::ModelState state;
  // For frames [T, ...].
  const auto put = [&arrays](const model::Output& output) {
    append(arrays, "encoder_norm", output.tokens.squeeze(0));
    if (!output.logits.defined()) return;
    append(arrays, "pre_logits", output.pre_logits.squeeze(0));
    append(arrays, "prefix_logits", output.logits.squeeze(0));
  };
  if (!frame_by_frame) {
    put(network->forward(clips, &state));
  } else {
    for (int64_t t = 0; t < clips.size(1); ++t) {
      throw_if_stopped(run.stop);
      model::Output output = network->step(clips.select(1, t), state);
      for (Tensor* tensor : {&output.tokens, &output.pre_logits, &output.logits}) {
        if (tensor->defined()) *tensor = tensor->unsqueeze(1);
      }
      put(output);
    }
  }
  const auto names = dumped_names(files.config, true);
  append_state(arrays, state, {names.begin(), names.end()});
  for (auto& [name, array] : arrays) {
    if (name.starts_with("state.")) array.shape.erase(array.shape.begin());
  }
  return arrays;
}

TapArrays collect(const ModelFiles& files, std::span<const float> pixels, int64_t clips, DumpMode mode,
                  const std::set<std::string>& names, const ModelRun& run) {
  const at::NoGradGuard no_grad;
  const ModelConfig& c = files.config;
  const auto [network, all] = load(files, pixels, clips, run);
  const int64_t chunk = mode == DumpMode::kClip ? all.size(1) : 1;
  TapArrays arrays;
  Tensor logits = at::zeros({c.num_classes}), probs = logits.clone();
  model::ForwardOptions options;
  options.tap = [&](const std::string& name, const Tensor& value) {
    if (names.contains(name)) append(arrays, name, value.squeeze(0));
  };
  for (int64_t clip = 0; clip < clips; ++clip) {
    model::ModelState state;
    model::Output last;
    for (int64_t t = 0; t < all.size(1); t += chunk) {
      throw_if_stopped(run.stop);
      last = network->forward(all.narrow(0, clip, 1).narrow(1, t, chunk), &state, options);
    }
    append_state(arrays, state, names);
    if (!c.has_head()) continue;
    const Tensor newest = last.logits.select(1, -1).squeeze(0).cpu();
    logits += newest / static_cast<double>(clips);
    probs += (c.multi_label ? newest.sigmoid() : newest.softmax(-1)) / static_cast<double>(clips);
  }
  for (auto& [name, array] : arrays) {
    if (clips == 1 && name.starts_with("state.")) array.shape.erase(array.shape.begin());
  }
  if (names.contains("logits")) append(arrays, "logits", logits);
  if (names.contains("probs")) append(arrays, "probs", probs);
  return arrays;
}

std::shared_ptr<model::TRecViT> load_for(const TrainConfig& config, const ModelFiles& files) {
  auto network = std::make_shared<model::TRecViT>(files.config);
  model::load_weights(*network, *files.weights);
  if (config.run.threads > 0) set_compute_threads(config.run.threads);
  network->to(open_device(config.run.device));
  return network;
}

Predict predict(const ModelFiles& files, const std::string& model_path, const TrainConfig& config) {
  const auto network = load_for(config, files);
  std::shared_ptr<Probe> probe;
  if (config.start.probe != ProbeKind::kNone) {
    probe = std::make_shared<Probe>(config.start.probe, files.config, config.seed);
    load_probe(model_folder_of(model_path), *probe);
    probe->to(open_device(config.run.device));
  }
  // The result owns the network and its probe, because it predicts with them.
  return [network, probe, predict = predict_with({*network, probe.get()}, config)](const Batch& batch) {
    return predict(batch);
  };
}

Evaluation baseline(LinearBaseline kind, const TrainConfig& config, const EvaluateOptions& options) {
  const ModelConfig sizes = model_sizes(config.wanted_model());
  // Clips from files are read as in testing, without random crops; generated clips have no such form.
  const bool made = config.train.source.starts_with("synthetic:") || config.train.wrap != Wrap::kNone;
  const auto training = open_dataset(config.train, clip_options(config, sizes, made));
  const auto testing = open_dataset(config.val, clip_options(config, sizes, false));
  if (training->classes() != testing->classes())
    fail_usage("--baseline", "expected the same classes in data.train and data.val, got {} and {}",
               training->classes().size(), testing->classes().size());
  return test_ridge(*training, *testing, {kind, sizes.image_height, sizes.image_width, options});
}

TaskTest test_task(const ModelFiles& files, const std::string& model_path, const TrainConfig& config,
                   const ClipDataset& testing, const WorkControl& control) {
  const auto training = open_dataset(config.train, clip_options(config, files.config, true));
  const auto task = make_task(config, load_for(config, files), *training);
  task->load_companion(model_folder_of(model_path));
  TestResult result = task->test(testing, control);
  return {std::move(result.json), std::move(result.facts), std::move(result.bad_files)};
}

}  // namespace

ModelExecution trainable_model() {
  return {[](const ModelConfig& config) { return dumped_names(config, true); },
          collect,
          collect_results,
          predict,
          baseline,
          test_task};
}

}  // namespace trecvit::train
