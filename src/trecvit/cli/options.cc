#include "trecvit/cli/options.h"

#include <filesystem>

#include "trecvit/base/error.h"
#include "trecvit/cli/common.h"
#include "trecvit/cli/flags.h"
#include "trecvit/cli/output.h"
#include "trecvit/cli/signals.h"

namespace trecvit::cli {

void add_frame_options(CLI::App& verb, FrameArgs& args, bool several_sources) {
  auto* source =
      verb.add_option("SOURCE", args.sources,
                      "video file, clip.npy or clip.npz (array 'video'), or synthetic:NAME?seed=1&frames=64&size=224");
  source->required();
  if (!several_sources) source->expected(1);
  verb.add_option("--start", args.start, "seconds of the video to leave out at the beginning")
      ->capture_default_str()
      ->check(number_from(0));
  verb.add_option("--duration", args.duration, "seconds of video to read (default: to the end)")->check(number_over(0));
  verb.add_option("--max-frames", args.max_frames, "frames to look at (default: all)")->check(whole_number(1));
  verb.add_option("--step", args.step, "look at every n-th frame (default: the model's frame_stride)")
      ->check(whole_number(1));
}

FrameChoice choice_of(const FrameArgs& args, const ModelConfig& config) {
  FrameChoice choice;
  choice.start_seconds = args.start;
  choice.duration_seconds = args.duration;
  choice.max_frames = args.max_frames;
  choice.step = args.step.value_or(config.frame_stride);
  return choice;
}

void check_outputs(const ModelOptionsArgs& model, const FrameArgs& frames, const std::vector<std::string>& outputs,
                   bool force, const std::vector<std::string>& other_inputs) {
  namespace fs = std::filesystem;
  std::error_code none;
  std::vector<std::string> inputs = frames.sources;
  inputs.push_back(model.labels);
  const auto add_model = [&inputs](const std::string& path) {
    inputs.push_back(path);
    if (path.empty()) return;
    for (const char* file : {"model.safetensors", "model.npz", "config.json", "reconstruction.safetensors",
                             "recall.safetensors", "probe.safetensors"})
      inputs.push_back((fs::path(path) / file).string());
  };
  add_model(model.model);
  for (const auto& input : other_inputs) add_model(input);  // which may be a model's folder too
  for (size_t i = 0; i < outputs.size(); ++i) {
    const std::string& output = outputs[i];
    if (output.empty()) continue;
    for (const auto& input : inputs) {
      if (fs::equivalent(input, output, none))
        fail_usage(printable(output), "expected another file than an input, got {}", printable(input));
    }
    for (size_t j = 0; j < i; ++j) {
      if (outputs[j] == output) fail_usage(printable(output), "expected a file for each output, got one for two");
    }
    if (!force && fs::exists(output, none))
      fail_usage(printable(output), "expected no file there, got one; --force replaces it");
  }
}

int for_each_source(const std::vector<std::string>& sources, const std::function<void(const std::string&)>& function) {
  int code = 0;
  for (const auto& source : sources) {
    if (stop_signal() != 0) break;
    try {
      function(with_seed(source));
    } catch (const Stopped&) {
      break;
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::kResource) throw;  // out of memory or disk, nothing else can be read either
      message("{}", error.what());
      if (code == 0) code = error.exit_code();
    }
  }
  return stop_signal() != 0 ? 128 + stop_signal() : code;
}

Overwrite overwrite_of(bool force) { return force ? Overwrite::kYes : Overwrite::kNo; }

}  // namespace trecvit::cli
