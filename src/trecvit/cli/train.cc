#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <filesystem>
#include <optional>

#include "trecvit/base/error.h"
#include "trecvit/cli/flags.h"
#include "trecvit/cli/output.h"
#include "trecvit/cli/signals.h"
#include "trecvit/cli/train_command.h"
#include "trecvit/io/byte_source.h"
#include "trecvit/io/folder_lock.h"
#include "trecvit/io/run_folder.h"
#include "trecvit/train/trainer.h"

namespace trecvit::cli {
namespace {

namespace fs = std::filesystem;

struct Args {
  std::string config, runs = "runs", resume;
  std::vector<std::string> changes;
  bool help_config = false;
  OutputArgs output;
};

void print_fields() {
  const TrainConfig defaults;
  for (const auto& field : train_config_fields()) {
    fmt::print("{:<26} {:<10} {} ({})\n", field.key, field.write(defaults).dump(), field.help, field.range);
  }
  fmt::print("{:<26} {:<10} {}\n", "model.*", "", "fields of config.json, see docs/checkpoints.md");
}

TrainConfig read_config(const std::string& path, std::vector<std::string> changes) {
  if (common().seed) changes.push_back(fmt::format("seed={}", *common().seed));
  return read_train_config(path, changes);
}

// Where the run that is to go on is: DIR, or the newest of the config's name.
std::string folder_to_resume(const Args& args) {
  if (args.resume != "newest") return args.resume;
  if (args.config.empty())
    fail_usage("--resume", "expected --resume=DIR, or --config to find the newest run of its name");
  const std::string name = read_config(args.config, {}).name;
  const auto found = latest_numbered_folder((fs::path(args.runs) / "train").string(), name);
  if (!found) fail_usage("--resume", "expected a run of the name {} in {}, got none", name, args.runs);
  return *found;
}

void print_outcome(const Args& args, const std::string& folder, const train::TrainOutcome& outcome) {
  JsonLines json(args.output);
  Json object = {{"schema", "trecvit.train/1"}, {"folder", folder}, {"step", outcome.step}, {"steps", outcome.steps}};
  object["model"] = (fs::path(folder) / "model").string();
  if (outcome.metrics.count > 0) object["metrics"] = outcome.metrics.to_json();
  json.write(object);
  json.finish();
  if (json.to_stdout()) return;
  print_row("run", folder);
  print_row("model", (fs::path(folder) / "model").string());
  if (outcome.metrics.count == 0) return;
  const auto& m = outcome.metrics;
  print_row("clips tested", std::to_string(m.count));
  if (m.mean_average_precision) return print_row("mAP", fmt::format("{:.4f}", *m.mean_average_precision));
  print_row("accuracy", fmt::format("{:.4f}", m.accuracy));
  print_row("balanced accuracy", fmt::format("{:.4f}", m.balanced_accuracy));
}

// LibTorch's allocator has an error of its own for memory that is not there.
train::TrainOutcome run_training(const train::TrainRequest& request) {
  try {
    return train::train(request);
  } catch (const c10::Error& error) {
    const std::string what = error.what_without_backtrace();
    if (what.find("allocate memory") == std::string::npos && what.find("out of memory") == std::string::npos) throw;
    fail(ErrorKind::kResource, "memory",
         "expected more memory for a step, got none; a smaller run.batch, run.recompute = true or a run.chunk of "
         "some frames needs less");
  }
}

int train_verb(const Args& args) {
  if (args.help_config) {
    print_fields();
    return 0;
  }
  train::TrainRequest request;
  request.resume = !args.resume.empty();
  std::string folder;
  if (request.resume) {
    if (common().seed) fail_usage("--seed", "expected no other seed for a run that goes on; begin another one");
    if (!args.changes.empty()) fail_usage("--set", "expected no changes to a run that goes on; begin another one");
    folder = folder_to_resume(args);
    request.config = read_config((fs::path(folder) / "config.toml").string(), {});
  } else {
    if (args.config.empty()) fail_usage("train", "expected --config FILE or --resume[=DIR], got neither");
    request.config = read_config(args.config, args.changes);
  }
  std::optional<FolderLock> lock;
  request.folder = [&] {
    if (folder.empty()) folder = make_numbered_folder((fs::path(args.runs) / "train").string(), request.config.name);
    lock.emplace(folder);
    note("run: {}", folder);
    return folder;
  };
  request.progress = common().quiet ? ProgressMode::kNone : common().progress;
  request.stop = [] { return stop_signal() != 0; };
  request.say = [](const std::string& line) { note("{}", line); };
  const train::TrainOutcome outcome = run_training(request);
  if (outcome.stopped) {
    message("stopped after step {} of {}; to go on: trecvit train --resume={}", outcome.step, outcome.steps, folder);
    return 128 + stop_signal();
  }
  print_outcome(args, folder, outcome);
  return 0;
}

}  // namespace

void add_train(CLI::App& app, Run& run) {
  auto args = std::make_shared<Args>();
  CLI::App* verb = app.add_subcommand("train", "Train a model on labelled clips");
  verb->footer("Example: trecvit train --config configs/learning/directions.toml --set run.steps=500");
  verb->add_option("--config", args->config, "TOML file that says what is trained (default: none)");
  verb->add_option("--set", args->changes,
                   "KEY=VALUE: change of a field of the config, may be repeated (default: none)");
  verb->add_option("--runs", args->runs, "folder for runs; this one goes to RUNS/train/NAME-N")->capture_default_str();
  // Only with the equals sign may it have a value, so that a bare --resume means the newest run.
  verb->add_option("--resume", args->resume,
                   "go on with a run; without =DIR the newest of the config's name (default: off)")
      ->expected(1)
      ->option_text("[=DIR]");
  verb->add_flag("--help-config", args->help_config, "list the fields of a config with their defaults (default: off)");
  add_json_option(*verb, args->output);
  verb->callback([args, &run] { run = [args] { return train_verb(*args); }; });
}

}  // namespace trecvit::cli
