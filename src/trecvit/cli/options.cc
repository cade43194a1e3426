#include "trecvit/cli/options.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>

#include "trecvit/base/error.h"
#include "trecvit/cli/output.h"
#include "trecvit/cli/signals.h"

namespace trecvit::cli {
namespace {

constexpr std::string_view kGenerated = "generated:";

int64_t number_of(std::string_view text, const std::string& where) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 1) {
    fail_usage(where, "expected a whole number of 1 or more, got '{}'", printable(text));
  }
  return value;
}

InputSize parse_image_size(const std::string& text) {
  const size_t cross = text.find('x');
  if (cross == std::string::npos) {
    const int64_t side = number_of(text, "--image-size");
    return {side, side};
  }
  return {number_of(std::string_view(text).substr(0, cross), "--image-size"),
          number_of(std::string_view(text).substr(cross + 1), "--image-size")};
}

// "Ti?seed=1&classes=400"
ModelFiles generated_model(std::string_view spec, const ModelOptionsArgs& args) {
  const size_t question = spec.find('?');
  ModelFiles files;
  files.config = named_model_config(std::string(spec.substr(0, question)));
  uint64_t seed = 1;
  std::string_view rest = question == std::string_view::npos ? "" : spec.substr(question + 1);
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    const size_t equals = pair.find('=');
    const std::string_view key = pair.substr(0, equals);
    if (equals == std::string_view::npos || (key != "seed" && key != "classes")) {
      fail_usage("--model", "expected generated:SIZE?seed=N&classes=N, got '{}'", printable(pair));
    }
    const int64_t value = number_of(pair.substr(equals + 1), "--model " + std::string(key));
    if (key == "seed") seed = static_cast<uint64_t>(value);
    if (key == "classes") files.config.num_classes = value;
  }
  if (!args.image_size.empty()) {
    const InputSize size = parse_image_size(args.image_size);
    files.config.image_height = size.height;
    files.config.image_width = size.width;
  }
  try {
    validate(files.config, "--model");
  } catch (const Error& error) {
    throw Error(ErrorKind::kUsage, error.what());  // the sizes came from the command line, not from a file
  }
  files.weights = generated_weights(files.config, seed);
  return files;
}

// A value that this build has passes; one that trecvit knows but this build lacks is Error(kUnavailable), others
// kUsage.
void check_in_build(const char* flag, const std::string& value, const std::vector<std::string>& here,
                    const std::vector<std::string>& elsewhere) {
  const std::string kind = value.substr(0, value.find(':'));  // cuda:1
  if (std::find(here.begin(), here.end(), kind) != here.end()) return;
  if (std::find(elsewhere.begin(), elsewhere.end(), kind) != elsewhere.end()) {
    fail(ErrorKind::kUnavailable, flag, "expected {} in this build, got {}", fmt::join(here, " or "), printable(value));
  }
  fail_usage(flag, "expected {}, got '{}'", fmt::join(here, " or "), printable(value));
}

// One label a line, in the order of the classes.
void read_labels(const std::string& path, ModelConfig& config) {
  const std::string text = read_text(*open_file(path), 16 << 20);
  config.id2label.clear();
  int64_t index = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    std::string line = text.substr(at, end - at);
    if (!line.empty() && line.back() == '\r') line.pop_back();
    config.id2label[index++] = line;
    at = end + 1;
  }
  if (index != config.num_classes) {
    fail_input(path, "expected {} labels, one a line, got {}", config.num_classes, index);
  }
}

}  // namespace

void add_model_options(CLI::App& verb, ModelOptionsArgs& args, bool model_required) {
  verb.add_option(
          "-m,--model", args.model,
          "folder with config.json, .safetensors, published .npz, or generated:SIZE?seed=1&classes=400 with SIZE "
          "mu, Ti, S, M, B or L (untrained weights)")
      ->required(model_required)
      ->capture_default_str();
  verb.add_option("--labels", args.labels, "file of class names, one a line (default: those of the model)");
  verb.add_option("--image-size", args.image_size, "HxW or one side in pixels, where the model's file does not say");
  verb.add_option("--provider", args.provider, "auto, reference, avx2 or avx512")->capture_default_str();
  verb.add_option("--precision", args.precision, "auto or f32; auto is f32 in this version")->capture_default_str();
  verb.add_option("--device", args.device, "cpu")->capture_default_str();
  verb.add_option("--threads", args.threads, "threads that work on one frame")
      ->capture_default_str()
      ->check(CLI::Range(1, 1024));
  verb.add_option("--readout", args.readout,
                  "mean, last, window=SECONDS or ema=SECONDS (default: the model's, else mean)");
}

ModelFiles open_model_files(const ModelOptionsArgs& args) {
  check_in_build("--precision", args.precision, {"auto", "f32"}, {"bf16", "f16", "int8"});
  check_in_build("--device", args.device, {"cpu"}, {"cuda"});
  ModelFiles files;
  if (is_generated(args)) {
    files = generated_model(std::string_view(args.model).substr(kGenerated.size()), args);
  } else {
    std::optional<InputSize> size;
    if (!args.image_size.empty()) size = parse_image_size(args.image_size);
    files = open_model(args.model, size);
  }
  if (!args.labels.empty()) read_labels(args.labels, files.config);
  return files;
}

std::shared_ptr<const Model> load_model(const ModelOptionsArgs& args) {
  const ModelFiles files = open_model_files(args);
  return Model::make(files.config, *files.weights, args.provider);
}

Readout readout_of(const ModelOptionsArgs& args, const ModelConfig& config) {
  return args.readout.empty() ? config.readout : parse_readout(args.readout, "--readout");
}

bool is_generated(const ModelOptionsArgs& args) { return args.model.starts_with(kGenerated); }

void add_frame_options(CLI::App& verb, FrameArgs& args, bool several_sources) {
  auto* source =
      verb.add_option("SOURCE", args.sources,
                      "video file, clip.npy or clip.npz (array 'video'), or synthetic:NAME?seed=1&frames=64&size=224");
  source->required();
  if (!several_sources) source->expected(1);
  verb.add_option("--start", args.start, "seconds of the video to leave out at the beginning")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  verb.add_option("--duration", args.duration, "seconds of video to read (default: to the end)")
      ->check(CLI::PositiveNumber);
  verb.add_option("--max-frames", args.max_frames, "frames to look at (default: all)")->check(CLI::PositiveNumber);
  verb.add_option("--step", args.step, "look at every n-th frame (default: the model's frame_stride)")
      ->check(CLI::PositiveNumber);
}

FrameChoice choice_of(const FrameArgs& args, const ModelConfig& config) {
  if (!std::isfinite(args.start) || !std::isfinite(args.duration.value_or(0))) {
    fail_usage("--start, --duration", "expected a number of seconds, got something else");
  }
  return {args.start, args.duration, args.max_frames, args.step.value_or(config.frame_stride)};
}

void check_outputs(const ModelOptionsArgs& model, const FrameArgs& frames, const std::vector<std::string>& outputs,
                   bool force, const std::vector<std::string>& other_inputs) {
  namespace fs = std::filesystem;
  std::error_code none;
  std::vector<std::string> inputs = frames.sources;
  inputs.insert(inputs.end(), other_inputs.begin(), other_inputs.end());
  inputs.push_back(model.labels);
  inputs.push_back(model.model);
  for (const char* file : {"model.safetensors", "model.npz", "config.json"})
    inputs.push_back((fs::path(model.model) / file).string());
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
      function(source);
    } catch (const Error& error) {
      // Out of memory or disk, nothing else can be read either.
      if (error.kind() == ErrorKind::kResource || sources.size() == 1) throw;
      message("{}", error.what());
      if (code == 0) code = error.exit_code();
    }
  }
  return stop_signal() != 0 ? 128 + stop_signal() : code;
}

Overwrite overwrite_of(bool force) { return force ? Overwrite::kYes : Overwrite::kNo; }

}  // namespace trecvit::cli
