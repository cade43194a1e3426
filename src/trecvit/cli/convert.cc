#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>

#include "trecvit/cli/command.h"
#include "trecvit/cli/options.h"
#include "trecvit/io/atomic_file.h"
#include "trecvit/io/endings.h"
#include "trecvit/pipeline/output_names.h"
#include "trecvit/terminal/output.h"

namespace trecvit::cli {
namespace {

struct ConvertArgs {
  ModelChoice model;
  OutputArgs output;
  std::string out;
  bool drop_config = false;
};

// The published format holds only tensors: everything else in the model's config would be lost, and with it the meaning
// of the weights. Only default values may be omitted.
void check_nothing_is_lost(const ModelFiles& files) {
  const InputSize size{files.config.image_height, files.config.image_width};
  const ModelConfig rest = infer_config(*files.weights, {}, size);
  std::vector<std::string_view> lost;
  for (const auto& field : model_config_fields()) {
    if (field.write(files.config) != field.write(rest)) lost.push_back(field.key);
  }
  if (lost.empty()) return;
  fail_usage("convert", "expected settings that .npz can store, got {}, which it cannot; --drop-config drops them",
             fmt::join(lost, ", "));
}

// Whether the model to read is the one in the folder to write: then the model and the files that belong to it must
// stay.
bool is_in_place(const ConvertArgs& args) {
  namespace fs = std::filesystem;
  std::error_code none;
  if (fs::equivalent(model_folder_of(args.model.model), args.out, none)) return true;
  return fs::equivalent(args.model.model, fs::path(args.out) / "model.npz", none);
}

std::string config_help() {
  std::string text = "Keys of config.json:\n";
  for (const auto& field : model_config_fields())
    text += fmt::format("- {}: {} (default: {})\n", field.key, field.help, field.when_absent);
  return text;
}

// The folder itself does not have to exist.
void check_output_folder(const ConvertArgs& args) {
  namespace fs = std::filesystem;
  refuse_stdout(args.out);
  const fs::path folder = args.out;
  const std::vector<std::string> files{(folder / "model.safetensors").string(), (folder / "config.json").string()};
  check_output_names(args.model, {}, files);
  std::error_code none;
  if (!fs::is_directory(folder, none)) return;
  for (const auto& file : files) check_writable(file, overwrite_of(args.output.force));
}

int convert(const ConvertArgs& args) {
  const bool to_npz = is_archive_name("convert", args.out);
  if (to_npz) {
    check_outputs(args.model, {}, {args.out}, args.output.force);
  } else {
    check_output_folder(args);
  }
  const ModelFiles files = open_files(args.model);
  if (to_npz) {
    if (!args.drop_config) check_nothing_is_lost(files);
    save_published_npz(args.out, files.config, *files.weights, overwrite_of(args.output.force));
  } else {
    save_model_folder(args.out, files.config, *files.weights,
                      {.overwrite = overwrite_of(args.output.force), .keep_companions = is_in_place(args)});
  }
  note("wrote {} tensors to {}", files.weights->tensors().size(), args.out);
  return 0;
}

}  // namespace

void add_convert(CLI::App& app, Run& run) {
  auto args = std::make_shared<ConvertArgs>();
  args->model.predicts = false;
  CLI::App* verb = app.add_subcommand(
      "convert", "Rewrite a model: published .npz <-> folder with config.json and model.safetensors");
  verb->footer("Example: trecvit convert trecvit_B.npz trecvit_B/\n\n" + config_help());
  verb->add_option("IN", args->model.model,
                   "model to read: folder, .safetensors, .npz, or generated:SIZE?seed=1&classes=400")
      ->required();
  verb->add_option("OUT", args->out, "NAME.npz, or a folder; names with the extension of another format are refused")
      ->required();
  add_model_detail_options(*verb, args->model);
  verb->add_flag("--drop-config", args->drop_config,
                 "write an .npz even if labels, readout or other settings of config.json are lost (default: off)");
  add_force_option(*verb, args->output);
  verb->callback([args, &run] { run = [args] { return convert(*args); }; });
}

}  // namespace trecvit::cli
