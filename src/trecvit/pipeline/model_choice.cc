#include "trecvit/pipeline/model_choice.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "trecvit/base/error.h"
#include "trecvit/base/parse_number.h"
#include "trecvit/base/suggest.h"
#include "trecvit/pipeline/class_names.h"
#include "trecvit/weights/generated_name.h"
#include "trecvit/weights/stoppable_weights.h"

namespace trecvit {
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
ModelFiles generated_model(std::string_view spec, const ModelChoice& choice) {
  ModelFiles files;
  const auto [config, seed] = parse_generated_name(spec, choice.seed, "--model");
  files.config = config;
  if (!choice.image_size.empty()) {
    const InputSize size = parse_image_size(choice.image_size);
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

// If no such model exists, says what was probably meant.
void check_model_name(const std::string& name) {
  std::error_code none;
  if (std::filesystem::exists(name, none)) return;
  if (name == "-") fail_usage("--model", "expected a model file or folder, got stdin; write the model to a file first");
  if (name == "generated")
    fail_usage("--model", "expected generated:SIZE, got 'generated' without a size; SIZE is one of {}",
               fmt::join(named_model_configs(), ", "));
  if (name.find("://") != std::string::npos)
    fail_input(printable(name), "expected a model file or folder, got a URL; download the model first");
  std::vector<std::string> known;
  for (const auto& size : named_model_configs()) known.push_back(std::string(kGenerated) + size);
  const std::string plain = name.substr(0, name.find('?'));
  for (const auto& text : {plain, std::string(kGenerated) + plain}) {
    const std::string hint = did_you_mean(text, known);
    if (!hint.empty() && (text == plain || plain.size() <= 2))
      fail_usage("--model", "expected a model file or folder, got '{}', which is neither{}", printable(name), hint);
  }
}

bool contains(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

void check_precision(const std::string& precision) {
  const auto here = precision_words();
  auto elsewhere = words_for<Precision>();
  std::erase_if(elsewhere, [&here](const std::string& word) { return contains(here, word); });
  check_in_build("--precision", precision, here, elsewhere);
}

void check_device(const std::string& device) {
  const auto here = device_words();
  const std::string kind = device.substr(0, device.find(':'));
  if (value_of<Device>(kind) && !contains(here, kind)) {
    const std::string engine = alternatives(here);
    fail(ErrorKind::kUnavailable, "--device",
         "expected {}, got '{}'; in this version the engine runs only on {}, training and --execution model also on "
         "other devices",
         engine, printable(device), engine);
  }
  check_in_build("--device", device, here, {});
}

}  // namespace

void check_in_build(const char* option, const std::string& value, const std::vector<std::string>& here,
                    const std::vector<std::string>& elsewhere) {
  const std::string kind = value.substr(0, value.find(':'));
  if (contains(here, value)) return;
  if (contains(elsewhere, kind)) {
    fail(ErrorKind::kUnavailable, option, "expected {} in this build, got {}", alternatives(here), printable(value));
  }
  std::vector<std::string> known = here;
  known.insert(known.end(), elsewhere.begin(), elsewhere.end());
  fail_usage(option, "expected {}, got '{}'{}", alternatives(here), printable(value), did_you_mean(value, known));
}

ProviderChoice provider_of(const ModelChoice& choice) {
  const bool engine_has_it = contains(device_words(), choice.device);
  return {choice.provider, value_of<Precision>(choice.precision),
          engine_has_it ? value_of<Device>(choice.device) : std::nullopt};
}

ModelFiles open_model_files(const ModelChoice& choice) {
  check_precision(choice.precision);
  check_device(choice.device);
  const auto say = [&choice](const std::string& sentence) {
    if (choice.say && !sentence.empty()) choice.say(sentence);
  };
  ModelFiles files;
  if (is_generated(choice)) {
    files = generated_model(std::string_view(choice.model).substr(kGenerated.size()), choice);
    if (choice.predicts || !choice.labels.empty())
      say("its weights are generated, not trained: its predictions and their class names mean nothing");
  } else {
    std::optional<InputSize> size;
    if (!choice.image_size.empty()) size = parse_image_size(choice.image_size);
    check_model_name(choice.model);
    files = open_model(choice.model, size);
  }
  for (const auto& sentence : files.notes) say(sentence);
  if (!files.ignored.empty()) say(describe_ignored(files.ignored));
  if (!choice.labels.empty()) say(set_class_names(choice.labels, files.config));
  files.weights = stoppable(std::move(files.weights), choice.stop);
  return files;
}

void require_head(const ModelConfig& config, const ModelChoice& choice, bool reads_probe) {
  if (!config.has_head())
    fail_input(choice.model,
               "expected a model with a head, got an encoder without one; embed writes its features, train --set "
               "start.from=MODEL adds a head");
  if (reads_probe || is_generated(choice)) return;
  std::error_code unreadable;
  if (std::filesystem::exists(std::filesystem::path(model_folder_of(choice.model)) / "probe.safetensors", unreadable))
    fail_input(choice.model,
               "expected a model with a trained head, got one with a probe in its folder; eval --config "
               "RUN/config.toml --execution model uses the probe, embed writes the features");
}

bool is_generated(const ModelChoice& choice) { return choice.model.starts_with(kGenerated); }

ModelFiles open_trainable_files(const ModelChoice& choice) {
  ModelChoice on_cpu = choice;
  on_cpu.device = "cpu";
  ModelFiles files = open_model_files(on_cpu);
  check_budget(files.config, choice.budget, choice.model);
  return files;
}

OpenedModel::OpenedModel(const ModelFiles& files, const ModelChoice& choice)
    : model(Model::make(files.config, *files.weights, provider_of(choice), choice.budget)),
      config(model->config()),
      engine(model, choice.threads),
      readout(choice.readout.empty() ? config.readout : parse_readout(choice.readout, "--readout")) {
  engine.stop_on(choice.stop);
}

}  // namespace trecvit
