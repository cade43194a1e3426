#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>

#include "trecvit/base/error.h"
#include "trecvit/base/shell_word.h"
#include "trecvit/cli/options.h"
#include "trecvit/cli/train_command.h"
#include "trecvit/config/field_names.h"
#include "trecvit/io/atomic_file.h"
#include "trecvit/io/byte_source.h"
#include "trecvit/io/folder_lock.h"
#include "trecvit/io/run_folder.h"
#include "trecvit/terminal/flags.h"
#include "trecvit/terminal/output.h"
#include "trecvit/terminal/signals.h"
#include "trecvit/train/run_settings.h"
#include "trecvit/train/trainer.h"

namespace trecvit::cli {
namespace {

namespace fs = std::filesystem;

// A verb that trains: what its runs learn, and where they go.
struct Verb {
  const char* name;
  bool labels;  // whether it learns classes
  bool probe;   // whether a probe of a frozen model is all that learns
  const char* about;
  const char* example;
};
constexpr Verb kTrain = {"train", true, false, "Train a model on labelled clips",
                         "trecvit train --config configs/learning/directions.toml --set run.steps=500"};
constexpr Verb kPretrain = {"pretrain", false, false, "Train an encoder on clips without labels",
                            "trecvit pretrain --config configs/pretrain.toml"};
constexpr Verb kProbe = {"probe", true, true, "Train a probe of a frozen model on labelled clips, linear or attentive",
                         "trecvit probe --config configs/learning/directions.toml --set start.from=MODEL"};

struct Args {
  const Verb* verb = &kTrain;
  std::string config, runs = "runs", resume, device;
  std::vector<std::string> changes;
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

TrainConfig read_config(const Verb& verb, const std::string& path, std::vector<std::string> changes) {
  if (common().seed) changes.push_back(fmt::format("seed={}", *common().seed));
  // A config that trains a whole network is as good for a probe as one that says all this.
  if (verb.probe)
    changes.insert(changes.begin(), {"start.backbone=frozen", "objective.motion_weight=0", "optimizer.layer_decay=1"});
  TrainConfig config = read_train_config(path, changes);
  require_model(config, path);
  if ((config.task == TaskKind::kClassify) != verb.labels) {
    const Verb& other = verb.labels ? kPretrain : kTrain;
    fail_usage("task", "expected a config that trecvit {} can run, got one for trecvit {}", verb.name, other.name);
  }
  if (!verb.probe || config.start.probe != ProbeKind::kNone) return config;
  if (config.start.from.empty()) fail_usage("start.from", "expected the model that is to be probed, got none");
  changes.emplace_back("start.probe=linear");
  return read_train_config(path, changes);
}

// Where the run that is to go on is: DIR, or the newest of the config's name.
std::string folder_to_resume(const Args& args) {
  if (args.resume != "newest") return args.resume;
  if (args.config.empty())
    fail_usage("--resume", "expected --resume=DIR, or --config to find the newest run of its name");
  const std::string name = read_train_config(args.config, {}).name;
  const auto found = latest_numbered_folder((fs::path(args.runs) / args.verb->name).string(), name, "config.toml");
  if (!found) fail_usage("--resume", "expected a run of the name {} in {}, got none", name, args.runs);
  return *found;
}

void print_outcome(const Verb& verb, JsonLines& json, const std::string& folder, const train::TrainOutcome& outcome) {
  Json object = {{"schema", fmt::format("trecvit.{}/1", verb.name)},
                 {"folder", folder},
                 {"step", outcome.step},
                 {"steps", outcome.steps}};
  object["model"] = (fs::path(folder) / "model").string();
  if (outcome.test && outcome.test->count > 0) object["metrics"] = outcome.test->json;
  if (outcome.best) object["best"] = train::to_json(*outcome.best);
  json.write(object);
  json.finish();
  if (json.to_stdout()) return;
  print_row("run", folder);
  print_row("model", fmt::format("{} (step {})", (fs::path(folder) / "model").string(), outcome.step));
  if (outcome.best)
    print_row("best model",
              fmt::format("{} ({})", (fs::path(folder) / "best").string(), train::describe(*outcome.best)));
  if (!outcome.test || outcome.test->count == 0) return;
  for (const auto& [name, value] : outcome.test->facts) print_row(name, value);
}

// A run that goes on is the run that was begun, but for what keeps it from going on and for what is still to come.
// Returns the keys.
std::set<std::string> check_resumed_changes(const std::vector<std::string>& changes) {
  const auto& allowed = train::changeable_fields();
  std::set<std::string> keys;
  for (const auto& change : changes) {
    const std::string key = change.substr(0, change.find('='));
    if (const std::string nearest = nearest_field(key); !nearest.empty() && nearest != key)
      fail_usage("--set " + change, "expected a key of a training config, got the unknown {}; did you mean {}?", key,
                 nearest);
    if (std::find(allowed.begin(), allowed.end(), key) == allowed.end())
      fail_usage("--set", "expected one of {} for a run that goes on, got {}; begin another one",
                 fmt::join(allowed, ", "), printable(change));
    keys.insert(key);
  }
  return keys;
}

// What --resume reads from the folder of the run. Returns the path of its config.
std::string read_resumed(const Args& args, const std::string& folder, train::TrainRequest& request) {
  if (common().seed)
    fail_usage("--seed", "expected no other seed for a run that goes on, got {}; begin another one", *common().seed);
  if (args.resume != "newest" && !args.config.empty())
    fail_usage("--config", "expected none with --resume=DIR, whose own is used, got {}", args.config);
  request.changed = check_resumed_changes(args.changes);
  const std::string stored = (fs::path(folder) / "config.toml").string();
  if (args.verb->probe && read_train_config(stored, {}).start.probe == ProbeKind::kNone)
    fail_usage("--resume", "expected a run with a probe, got {}", folder);
  request.config = read_config(*args.verb, stored, args.changes);
  request.edited = !train::is_as_written(read_text(*open_file(stored), kMostConfig));
  if (request.changed.contains("run.epochs") && request.config.run.steps > 0)
    fail_usage("--set", "expected run.steps, by which the length of this run is given, got run.epochs");
  return stored;
}

int train_verb(const Args& args) {
  if (args.help_config) {
    print_fields();
    return 0;
  }
  train::TrainRequest request;
  request.resume = !args.resume.empty();
  std::string folder, stored;
  if (request.resume) {
    folder = folder_to_resume(args);
    stored = read_resumed(args, folder, request);
  } else {
    if (args.config.empty()) fail_usage(args.verb->name, "expected --config FILE or --resume[=DIR], got neither");
    request.config = read_config(*args.verb, args.config, args.changes);
  }
  const std::string changed_config = request.changed.empty() ? "" : train::stamped_config(request.config);
  if (!args.device.empty()) request.config.run.device = args.device;
  results_are_in_files();
  check_outputs(
      {}, {}, {json_file(args.output)}, args.output.force,
      {args.config, stored, request.config.start.from, request.config.train.source, request.config.val.source});
  JsonLines json(args.output);
  std::optional<FolderLock> lock;
  request.folder = [&] {
    if (folder.empty())
      folder = make_numbered_folder((fs::path(args.runs) / args.verb->name).string(), request.config.name);
    lock.emplace(folder);
    constexpr std::string_view kWritten[] = {"best", "checkpoints", "model", "pictures"};
    refuse_links(folder, kWritten);
    note("run: {}", folder);
    return folder;
  };
  request.resumed = [&] {
    if (changed_config.empty()) return;
    AtomicFile file((fs::path(folder) / "config.toml").string(), Overwrite::kYes);
    file.write(changed_config);
    file.commit();
  };
  request.progress = common().quiet ? ProgressMode::kNone : common().progress;
  request.stop = [](int64_t) { return stop_signal() != 0; };
  request.say = [](const std::string& line) { note("{}", line); };
  const train::TrainOutcome outcome = train::train(request);
  if (outcome.stopped) {
    message("stopped after step {} of {}; to go on: trecvit {} --resume={}", outcome.step, outcome.steps,
            args.verb->name, shell_word(folder));
    return 128 + stop_signal();
  }
  print_outcome(*args.verb, json, folder, outcome);
  return 0;
}

}  // namespace

namespace {

void add_verb(CLI::App& app, Run& run, const Verb& which) {
  auto args = std::make_shared<Args>();
  args->verb = &which;
  CLI::App* verb = app.add_subcommand(which.name, which.about);
  verb->footer(std::string("Example: ") + which.example);
  verb->add_option("--config", args->config, "TOML file that says what is trained (default: none)");
  verb->add_option("--set", args->changes,
                   "KEY=VALUE: change of a field of the config, may be repeated (default: none)");
  verb->add_option("--device", args->device, "cpu, cuda or cuda:N (default: run.device of the config, which is cpu)");
  verb->add_option("--runs", args->runs, fmt::format("folder for runs; this one goes to RUNS/{}/NAME-N", which.name))
      ->capture_default_str();
  // Only with the equals sign may it have a value, so that a bare --resume means the newest run.
  verb->add_option("--resume", args->resume,
                   "go on with a run; without =DIR the newest of the config's name (default: off)")
      ->expected(1)
      ->option_text("[=DIR]");
  verb->add_flag("--help-config", args->help_config, "list the fields of a config with their defaults (default: off)");
  add_json_option(*verb, args->output);
  add_force_option(*verb, args->output);
  verb->callback([args, &run] { run = [args] { return train_verb(*args); }; });
}

}  // namespace

void add_train(CLI::App& app, Run& run) { add_verb(app, run, kTrain); }
void add_pretrain(CLI::App& app, Run& run) { add_verb(app, run, kPretrain); }
void add_probe(CLI::App& app, Run& run) { add_verb(app, run, kProbe); }

}  // namespace trecvit::cli
