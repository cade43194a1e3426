#include "trecvit/cli/model_options.h"

#include <fmt/format.h>

#include "trecvit/base/words.h"
#include "trecvit/engine/provider.h"
#include "trecvit/terminal/common.h"
#include "trecvit/terminal/flags.h"
#include "trecvit/terminal/output.h"
#include "trecvit/terminal/signals.h"

namespace trecvit::cli {
void add_model_detail_options(CLI::App& verb, ModelChoice& args) {
  verb.add_option("--labels", args.labels,
                  "class names: kinetics400, ssv2, or a file with one name per line (default: the model's)");
  verb.add_option("--image-size", args.image_size,
                  "HxW, or one side in pixels, for models whose files do not give it (default: the model's)");
}

void add_model_file_options(CLI::App& verb, ModelChoice& args, bool model_required) {
  verb.add_option("-m,--model", args.model,
                  "model folder, .safetensors, published .npz, or generated:SIZE?seed=1&classes=400 (untrained "
                  "weights) with SIZE mu, Ti, S, M, B or L" +
                      std::string(model_required || !args.model.empty() ? "" : " (default: none)"))
      ->required(model_required)
      ->capture_default_str();
  add_model_detail_options(verb, args);
}

void add_model_options(CLI::App& verb, ModelChoice& args, bool model_required) {
  add_model_file_options(verb, args, model_required);
  verb.add_option("--provider", args.provider, alternatives(provider_words()))->capture_default_str();
  verb.add_option("--precision", args.precision,
                  alternatives(precision_words()) + "; auto means that of --provider, f32 if none is named")
      ->capture_default_str();
  verb.add_option(
          "--device", args.device,
          alternatives(device_words()) + "; with --execution model also cuda or cuda:N, if LibTorch supports it")
      ->capture_default_str();
  hide(verb, {"--device"});
  verb.add_option("--threads", args.threads, "threads that compute each frame together")
      ->capture_default_str()
      ->check(whole_number(1, 1024));
  verb.add_option("--max-tokens", args.budget.tokens, "most tokens per frame that a model may need")
      ->capture_default_str()
      ->check(whole_number(1));
  verb.add_option("--max-gflops", args.budget.gflops_per_frame, "most GFLOP per frame that a model may need")
      ->capture_default_str()
      ->check(number_over(0));
  verb.add_option("--max-memory", args.budget.memory_gb, "most memory that a model and its state may need, in GB")
      ->capture_default_str()
      ->check(number_over(0));
}

void show_device_option(CLI::App& verb) { verb.get_option("--device")->group("Options"); }

void add_readout_option(CLI::App& verb, ModelChoice& args, const char* otherwise) {
  verb.add_option("--readout", args.readout,
                  fmt::format("mean, last, window=SECONDS or ema=SECONDS (default: {})", otherwise));
}

ModelChoice in_command(ModelChoice choice) {
  choice.seed = common().seed.value_or(1);
  choice.stop = stop_token();
  choice.say = [model = choice.model](const std::string& sentence) { note("{}: {}", model, sentence); };
  return choice;
}

ModelFiles open_files(const ModelChoice& choice, bool trainable) {
  return trainable ? open_trainable_files(in_command(choice)) : open_model_files(in_command(choice));
}

OpenedModel open_to_run(const ModelChoice& choice) { return OpenedModel(in_command(choice)); }

}  // namespace trecvit::cli
