#include "trecvit/cli/model_options.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "trecvit/base/error.h"
#include "trecvit/base/parse_number.h"
#include "trecvit/base/suggest.h"
#include "trecvit/cli/class_names.h"
#include "trecvit/cli/common.h"
#include "trecvit/cli/flags.h"
#include "trecvit/cli/output.h"
#include "trecvit/cli/signals.h"
#include "trecvit/cli/stoppable_weights.h"
#include "trecvit/weights/generated_name.h"

namespace trecvit::cli {
namespace {

constexpr std::string_view kGenerated = "generated:";

int64_t number_of(std::string_view text, const std::string& where, int64_t least = 1) {
  const auto value = parse_number<int64_t>(text);
  if (!value || *value < least)
    fail_usage(where, "expected a whole number of {} or more, got '{}'", least, printable(text));
  return *value;
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
  ModelFiles files;
  const auto [config, seed] = parse_generated_name(spec, common().seed.value_or(1), "--model");
  files.config = config;
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

// Of what is not there, what was meant.
void check_model_name(const std::string& name) {
  std::error_code none;
  if (std::filesystem::exists(name, none)) return;
  if (name == "-")
    fail_usage("--model",
               "expected a model's file or folder, got stdin, which no model is read from; write it to a file");
  if (name == "generated")
    fail_usage("--model", "expected generated:SIZE, got 'generated' alone; SIZE is one of {}",
               fmt::join(named_model_configs(), ", "));
  if (name.find("://") != std::string::npos)
    fail_input(printable(name), "expected a model's file or folder, got an address; download it first");
  std::vector<std::string> known;
  for (const auto& size : named_model_configs()) known.push_back(std::string(kGenerated) + size);
  const std::string plain = name.substr(0, name.find('?'));
  for (const auto& text : {plain, std::string(kGenerated) + plain}) {
    const std::string hint = did_you_mean(text, known);
    if (!hint.empty() && (text == plain || plain.size() <= 2))
      fail_usage("--model", "expected a model's file or folder, got '{}', which is neither{}", printable(name), hint);
  }
}

std::shared_ptr<const Model> load_model(const ModelOptionsArgs& args) {
  const ModelFiles files = open_model_files(args);
  return Model::make(files.config, *files.weights, args.provider, args.budget);
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
  hide(verb, {"--device"});
  verb.add_option("--threads", args.threads, "threads that work on one frame")
      ->capture_default_str()
      ->check(whole_number(1, 1024));
  verb.add_option("--max-tokens", args.budget.tokens, "most tokens a frame that a model may ask for")
      ->capture_default_str()
      ->check(whole_number(1));
  verb.add_option("--max-gflops", args.budget.gflops_per_frame, "most GFLOP a frame that a model may ask for")
      ->capture_default_str()
      ->check(number_over(0));
  verb.add_option("--max-memory", args.budget.memory_gb, "most GB that a model and its state may ask for")
      ->capture_default_str()
      ->check(number_over(0));
}

void show_device_option(CLI::App& verb) { verb.get_option("--device")->group("Options"); }

void add_readout_option(CLI::App& verb, ModelOptionsArgs& args, const char* otherwise) {
  verb.add_option("--readout", args.readout,
                  fmt::format("mean, last, window=SECONDS or ema=SECONDS (default: {})", otherwise));
}

ModelFiles open_model_files(const ModelOptionsArgs& args) {
  check_in_build("--precision", args.precision, {"auto", "f32"}, {"bf16", "f16", "int8"});
  if (args.device.starts_with("cuda"))
    fail(ErrorKind::kUnavailable, "--device",
         "expected cpu, got '{}'; the engine runs on the processor alone in this version, training and --execution "
         "model also elsewhere",
         printable(args.device));
  check_in_build("--device", args.device, {"cpu"}, {});
  ModelFiles files;
  if (is_generated(args)) {
    files = generated_model(std::string_view(args.model).substr(kGenerated.size()), args);
    if (args.predicts || !args.labels.empty())
      note("{}: its weights are generated, not trained: its predictions and the names of their classes mean nothing",
           args.model);
  } else {
    std::optional<InputSize> size;
    if (!args.image_size.empty()) size = parse_image_size(args.image_size);
    check_model_name(args.model);
    files = open_model(args.model, size);
  }
  for (const auto& sentence : files.notes) note("{}: {}", args.model, sentence);
  if (!files.ignored.empty()) note("{}: {}", args.model, describe_ignored(files.ignored));
  if (!args.labels.empty()) set_class_names(args.labels, args.model, files.config);
  files.weights = stoppable(std::move(files.weights));
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
               "expected a model whose own head was trained, got one with a probe in its folder; "
               "eval --config RUN/config.toml --execution model reads the probe, embed writes the features");
}

bool is_generated(const ModelOptionsArgs& args) { return args.model.starts_with(kGenerated); }

OpenedModel::OpenedModel(const ModelOptionsArgs& args)
    : model(load_model(args)),
      config(model->config()),
      engine(model, args.threads, &stop_flag()),
      readout(args.readout.empty() ? config.readout : parse_readout(args.readout, "--readout")) {}

}  // namespace trecvit::cli
