#include "trecvit/cli/model_options.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "trecvit/base/error.h"
#include "trecvit/cli/common.h"
#include "trecvit/cli/flags.h"
#include "trecvit/cli/output.h"
#include "trecvit/config/known_labels.h"

namespace trecvit::cli {
namespace {

constexpr std::string_view kGenerated = "generated:";

int64_t number_of(std::string_view text, const std::string& where, int64_t least = 1) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < least) {
    fail_usage(where, "expected a whole number of {} or more, got '{}'", least, printable(text));
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
  uint64_t seed = common().seed.value_or(1);
  std::string_view rest = question == std::string_view::npos ? "" : spec.substr(question + 1);
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    const size_t equals = pair.find('=');
    const std::string_view key = pair.substr(0, equals);
    if (equals == std::string_view::npos || (key != "seed" && key != "classes")) {
      fail_usage("--model", "expected generated:SIZE?seed=N&classes=N, got '{}'", printable(pair));
    }
    const int64_t value = number_of(pair.substr(equals + 1), "--model " + std::string(key), 0);
    if (key == "seed") seed = static_cast<uint64_t>(value);
    if (key == "classes") files.config.num_classes = value;
    if (key == "classes" && value == 0) files.config.head_dim = 0;
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

// One label a line, in the order of the classes.
void set_labels(const std::string& name, ModelConfig& config) {
  const auto known = known_labels(name);
  const std::string text = known ? std::string(*known) : read_text(*open_file(name), 16 << 20);
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
    fail(known ? ErrorKind::kUsage : ErrorKind::kInput, known ? "--labels" : printable(name),
         "expected {} labels for the {} classes of the model, got {}", config.num_classes, config.num_classes, index);
  }
}

Readout readout_of(const ModelOptionsArgs& args, const ModelConfig& config) {
  return args.readout.empty() ? config.readout : parse_readout(args.readout, "--readout");
}

std::shared_ptr<const Model> load_model(const ModelOptionsArgs& args) {
  const ModelFiles files = open_model_files(args);
  return Model::make(files.config, *files.weights, args.provider);
}

}  // namespace

void add_model_detail_options(CLI::App& verb, ModelOptionsArgs& args) {
  verb.add_option("--labels", args.labels,
                  "class names: kinetics400, ssv2, or a file with one a line (default: those of the model)");
  verb.add_option("--image-size", args.image_size,
                  "HxW or one side in pixels, where the model's file does not say (default: the model's)");
}

void add_model_file_options(CLI::App& verb, ModelOptionsArgs& args, bool model_required) {
  verb.add_option(
          "-m,--model", args.model,
          "folder with config.json, .safetensors, published .npz, or generated:SIZE?seed=1&classes=400 with SIZE "
          "mu, Ti, S, M, B or L (untrained weights)" +
              std::string(model_required || !args.model.empty() ? "" : " (default: none)"))
      ->required(model_required)
      ->capture_default_str();
  add_model_detail_options(verb, args);
}

void add_model_options(CLI::App& verb, ModelOptionsArgs& args, bool model_required) {
  add_model_file_options(verb, args, model_required);
  verb.add_option("--provider", args.provider, "auto, reference, avx2 or avx512")->capture_default_str();
  verb.add_option("--precision", args.precision, "auto or f32; auto is f32 in this version")->capture_default_str();
  verb.add_option("--device", args.device, "cpu; with --execution model also cuda or cuda:N, where LibTorch has it")
      ->capture_default_str();
  verb.add_option("--threads", args.threads, "threads that work on one frame")
      ->capture_default_str()
      ->check(whole_number(1, 1024));
}

void add_readout_option(CLI::App& verb, ModelOptionsArgs& args) {
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
  if (!files.ignored.empty()) note("{}: {}", args.model, describe_ignored(files.ignored));
  if (!args.labels.empty()) set_labels(args.labels, files.config);
  return files;
}

void require_head(const ModelConfig& config, const ModelOptionsArgs& args, bool reads_probe) {
  if (!config.has_head())
    fail_input(args.model,
               "expected a model with a head for classes, got an encoder alone; embed writes its features, "
               "train --set start.from gives it a head");
  if (reads_probe || is_generated(args)) return;
  std::error_code unreadable;
  if (std::filesystem::exists(std::filesystem::path(model_folder_of(args.model)) / "probe.safetensors", unreadable))
    fail_input(args.model,
               "expected a model whose own head was trained, got one with a probe beside it; "
               "eval --config RUN/config.toml --execution model reads the probe, embed writes the features");
}

bool is_generated(const ModelOptionsArgs& args) { return args.model.starts_with(kGenerated); }

OpenedModel::OpenedModel(const ModelOptionsArgs& args)
    : model(load_model(args)),
      config(model->config()),
      engine(model, args.threads),
      state(model->make_state(readout_of(args, config))) {}

}  // namespace trecvit::cli
