#include <fmt/format.h>

#include <filesystem>

#include "trecvit/base/error.h"
#include "trecvit/base/shell_word.h"
#include "trecvit/cli/options.h"
#include "trecvit/cli/train_command.h"
#include "trecvit/terminal/flags.h"
#include "trecvit/terminal/output.h"
#include "trecvit/terminal/signals.h"
#include "trecvit/train/run_choice.h"

namespace trecvit::cli {
namespace {

namespace fs = std::filesystem;

// A verb that trains.
struct Verb {
  train::RunKind kind;
  const char* about;
  const char* example;
};
constexpr Verb kTrain = {train::RunKind::kTrain, "Train a model on labelled clips",
                         "trecvit train --config configs/learning/directions.toml --set run.steps=500"};
constexpr Verb kPretrain = {train::RunKind::kPretrain, "Train an encoder on clips without labels",
                            "trecvit pretrain --config configs/pretrain.toml"};
constexpr Verb kProbe = {train::RunKind::kProbe,
                         "Train a probe of a frozen model on labelled clips, linear or attentive",
                         "trecvit probe --config configs/learning/directions.toml --set start.from=MODEL"};

struct TrainArgs {
  train::RunChoice run;
  bool help_config = false;
  OutputArgs output;
};

void print_fields() {
  const TrainConfig defaults;
  for (const auto& field : train_config_fields()) {
    print_out("{:<26} {:<10} {} ({})\n", field.key, field.write(defaults).dump(), field.help, field.range);
  }
  print_out("{:<26} {:<10} {}\n", "model.*", "", "fields of config.json, see docs/checkpoints.md");
}

void print_outcome(const std::string& verb, JsonLines& json, const train::TrainOutcome& outcome) {
  const std::string& folder = outcome.folder;
  Json object = {{"schema", fmt::format("trecvit.{}/1", verb)},
                 {"folder", folder},
                 {"step", outcome.step},
                 {"steps", outcome.steps}};
  object["model"] = (fs::path(folder) / "model").string();
  if (outcome.test && outcome.test->count > 0) object["metrics"] = outcome.test->json;
  if (outcome.best) object["best"] = to_json(*outcome.best);
  json.write(object);
  json.finish();
  if (json.to_stdout()) return;
  print_row("run", folder);
  print_row("model", fmt::format("{} (step {})", (fs::path(folder) / "model").string(), outcome.step));
  if (outcome.best)
    print_row("best model", fmt::format("{} ({})", (fs::path(folder) / "best").string(), describe(*outcome.best)));
  if (!outcome.test || outcome.test->count == 0) return;
  for (const auto& [name, value] : outcome.test->facts) print_row(name, value);
}

int train_verb(const TrainArgs& args) {
  if (args.help_config) {
    print_fields();
    return 0;
  }
  train::RunChoice choice = args.run;
  choice.seed = common().seed;
  auto [request, stored] = train::choose_run(choice);
  const std::string verb(word_of(choice.kind));
  results_are_in_files();
  check_outputs(
      {}, {}, {json_file(args.output)}, args.output.force,
      {choice.config, stored, request.config.start.from, request.config.train.source, request.config.val.source});
  JsonLines json(args.output);
  request.progress = common().quiet ? ProgressMode::kNone : common().progress;
  request.stop = stop_token();
  request.say = [](const std::string& line) { note("{}", line); };
  const train::TrainOutcome outcome = train::train(request);
  if (outcome.stopped) {
    message("stopped after step {} of {}; to continue: trecvit {} --resume={}", outcome.step, outcome.steps, verb,
            shell_word(outcome.folder));
    return 128 + stop_signal();
  }
  print_outcome(verb, json, outcome);
  return 0;
}

void add_verb(CLI::App& app, Run& run, const Verb& which) {
  auto args = std::make_shared<TrainArgs>();
  args->run.kind = which.kind;
  const std::string name(word_of(which.kind));
  CLI::App* verb = app.add_subcommand(name, which.about);
  verb->footer(std::string("Example: ") + which.example);
  verb->add_option("--config", args->run.config, "TOML file that describes the training run (default: none)");
  verb->add_option("--set", args->run.changes,
                   "KEY=VALUE: change a field of the config; may be repeated (default: none)");
  verb->add_option("--device", args->run.device,
                   "cpu, cuda or cuda:N (default: run.device of the config, which is cpu)");
  verb->add_option("--runs", args->run.runs, fmt::format("folder for runs; this run goes to RUNS/{}/NAME-N", name))
      ->capture_default_str();
  // The value must follow an equals sign, so that a bare --resume means the newest run.
  verb->add_option("--resume", args->run.resume,
                   "continue the run in DIR; without =DIR, the newest run with the config's name (default: off)")
      ->expected(1)
      ->option_text("[=DIR]");
  verb->add_flag("--help-config", args->help_config, "list the fields of a config and their defaults (default: off)");
  add_json_option(*verb, args->output);
  add_force_option(*verb, args->output);
  verb->callback([args, &run] { run = [args] { return train_verb(*args); }; });
}

}  // namespace

void add_train(CLI::App& app, Run& run) { add_verb(app, run, kTrain); }
void add_pretrain(CLI::App& app, Run& run) { add_verb(app, run, kPretrain); }
void add_probe(CLI::App& app, Run& run) { add_verb(app, run, kProbe); }

}  // namespace trecvit::cli
