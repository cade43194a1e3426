#include "trecvit/pipeline/model_check.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "trecvit/base/error.h"
#include "trecvit/pipeline/result_json.h"
#include "trecvit/pipeline/tap_file.h"

namespace trecvit {
namespace {

// Relative to the largest magnitude in an array. The same kernels give the same bits however a clip is split; different
// kernels, or another implementation, differ in the order of float32 sums through all blocks.
constexpr double kSameKernels = 1e-5, kOtherKernels = 1e-4;

void compare_array(const std::string& name, std::span<const float> got, std::span<const float> want,
                   TapComparison& comparison) {
  double worst = 0, scale = 0;
  for (size_t i = 0; i < want.size(); ++i) {
    const double delta = std::abs(static_cast<double>(got[i]) - static_cast<double>(want[i]));
    worst = std::isnan(delta) ? INFINITY : std::max(worst, delta);
    scale = std::max(scale, std::abs(static_cast<double>(want[i])));
  }
  const double relative = worst == 0 ? 0 : worst / std::max(scale, 1e-30);
  ++comparison.arrays;
  comparison.worst_absolute = std::max(comparison.worst_absolute, worst);
  if (relative > comparison.worst_relative) {
    comparison.worst_relative = relative;
    comparison.worst_tap = name;
  }
  if (!(relative <= comparison.tolerance) && comparison.first_over.empty()) comparison.first_over = name;
}

// Compares the names that both have, in computation order.
TapComparison compare(const std::string& what, const std::vector<std::string>& order, const TapArrays& got,
                      const TapArrays& want, double tolerance) {
  TapComparison comparison;
  comparison.what = what;
  comparison.tolerance = tolerance;
  for (const auto& name : order) {
    const auto g = got.find(name), w = want.find(name);
    if (g == got.end() || w == want.end()) continue;
    if (g->second.shape != w->second.shape) {
      fail_input(what, "expected {} of shape {}, got {}", name, to_string(w->second.shape), to_string(g->second.shape));
    }
    compare_array(name, g->second.values, w->second.values, comparison);
  }
  for (const auto& [name, array] : want) {
    if (!got.contains(name)) comparison.not_compared.push_back(name);
  }
  if (comparison.arrays == 0) fail_input(what, "expected taps with known names to compare, got no tap that both have");
  return comparison;
}

TapArrays read_taps(const std::string& path) {
  const NpzReader file(open_file(path));
  TapArrays taps;
  for (const auto& name : file.names()) {
    const HostTensor tensor = to_float32(file.read(name), path + ": " + name);
    taps[name] = {tensor.shape(), {tensor.as<float>().begin(), tensor.as<float>().end()}};
  }
  return taps;
}

struct Input {
  const CheckRequest& request;
  const ModelFiles& files;
  const WholeInput& frames;

  double tolerance(double usual) const { return request.tolerance.value_or(usual); }
};

// The taps of a clip from one execution.
struct ClipTaps {
  std::string by;  // the provider, or "model"
  std::vector<std::string> names;
  TapArrays arrays;
};

// Collecting taps makes the trainable model use plain operators; the operators that training and streaming use instead
// are compared by their results.
std::vector<TapComparison> check_trainable(const Input& input, const ModelExecution& model, ClipTaps& clip) {
  const std::span<const float> pixels = input.frames.pixels;
  clip.by = "model";
  clip.names = model.tap_names(input.files.config);
  const std::set<std::string> all(clip.names.begin(), clip.names.end());
  const ModelChoice& choice = input.request.model;
  const ModelRun run{choice.device, choice.threads, choice.stop};
  clip.arrays = model.collect_taps(input.files, pixels, 1, DumpMode::kClip, all, run);
  std::vector<TapComparison> comparisons;
  comparisons.push_back(compare("stream against clip, model", clip.names,
                                model.collect_taps(input.files, pixels, 1, DumpMode::kStream, all, run), clip.arrays,
                                input.tolerance(kSameKernels)));
  for (const bool frame_by_frame : {false, true}) {
    const TapArrays got = model.collect_results(input.files, pixels, frame_by_frame, run);
    TapArrays want;
    for (const auto& [name, array] : got) want[name] = clip.arrays.at(name);
    comparisons.push_back(compare(frame_by_frame ? "steps against clip, model" : "fused against plain, model",
                                  clip.names, got, want, input.tolerance(kOtherKernels)));
  }
  return comparisons;
}

std::vector<TapComparison> check_engine(const Input& input, ClipTaps& clip) {
  const ModelChoice& choice = input.request.model;
  const auto model = Model::make(input.files.config, *input.files.weights, provider_of(choice), choice.budget);
  Engine engine(model, choice.threads);
  clip.by = model->provider();
  clip.names = tap_names(*model);
  const std::set<std::string> all(clip.names.begin(), clip.names.end());
  clip.arrays = collect_taps(engine, input.frames.pixels, 1, DumpMode::kClip, all, choice.stop);
  std::vector<TapComparison> comparisons;
  comparisons.push_back(compare("stream against clip, " + model->provider(), clip.names,
                                collect_taps(engine, input.frames.pixels, 1, DumpMode::kStream, all, choice.stop),
                                clip.arrays, input.tolerance(kSameKernels)));
  if (model->provider() != "reference") {
    Engine reference(Model::make(input.files.config, *input.files.weights, {"reference"}, choice.budget));
    comparisons.push_back(compare(model->provider() + " against reference", clip.names, clip.arrays,
                                  collect_taps(reference, input.frames.pixels, 1, DumpMode::kClip, all, choice.stop),
                                  input.tolerance(kOtherKernels)));
  }
  return comparisons;
}

}  // namespace

std::vector<TapComparison> check_model(const ModelFiles& files, const WholeInput& clip, const CheckRequest& request,
                                       const ModelExecution& trainable) {
  const Input input{request, files, clip};
  ClipTaps engine, model;
  std::vector<TapComparison> all;
  if (request.execution != Checked::kModel) all = on_frames_of(clip, [&] { return check_engine(input, engine); });
  if (request.execution != Checked::kEngine) {
    const auto of_model = check_trainable(input, trainable, model);
    all.insert(all.end(), of_model.begin(), of_model.end());
  }
  if (request.execution == Checked::kBoth)
    all.push_back(compare(engine.by + " against model", engine.names, engine.arrays, model.arrays,
                          input.tolerance(kOtherKernels)));
  const ClipTaps& first = request.execution == Checked::kModel ? model : engine;
  if (!request.against.empty())
    all.push_back(compare(first.by + " against " + request.against, first.names, first.arrays,
                          read_taps(request.against), input.tolerance(kOtherKernels)));
  return all;
}

Json to_json(const TapComparison& f) {
  return {{"schema", "trecvit.check/1"},
          {"comparison", f.what},
          {"arrays", f.arrays},
          {"absolute", readable(f.worst_absolute)},
          {"relative", readable(f.worst_relative)},
          {"worst_tap", f.worst_tap},
          {"tolerance", f.tolerance},
          {"first_over", f.first_over},
          {"ok", f.first_over.empty()},
          {"not_compared", f.not_compared}};
}

}  // namespace trecvit
