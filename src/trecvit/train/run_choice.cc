#include "trecvit/train/run_choice.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "trecvit/base/error.h"
#include "trecvit/config/field_names.h"
#include "trecvit/config/task_facts.h"
#include "trecvit/io/byte_source.h"
#include "trecvit/io/path_in.h"
#include "trecvit/io/run_folder.h"
#include "trecvit/train/run_settings.h"

namespace trecvit::train {
namespace {

TrainConfig read_config(const RunChoice& choice, const std::string& path) {
  std::vector<std::string> changes = choice.changes;
  if (choice.seed) changes.push_back(fmt::format("seed={}", *choice.seed));
  // A config for training a whole network also serves for a probe; these settings are added to it.
  if (choice.kind == RunKind::kProbe)
    changes.insert(changes.begin(), {"start.backbone=frozen", "objective.motion_weight=0", "optimizer.layer_decay=1"});
  TrainConfig config = read_train_config(path, changes);
  require_model(config, path);
  const bool labels = choice.kind != RunKind::kPretrain;
  if (facts_of(config.task).has_classes != labels)
    fail_usage("task", "expected a config that trecvit {} can run, got one for trecvit {}", word_of(choice.kind),
               labels ? "pretrain" : "train");
  if (choice.kind != RunKind::kProbe || config.start.probe != ProbeKind::kNone) return config;
  if (config.start.from.empty()) fail_usage("start.from", "expected the model to probe, got none");
  changes.emplace_back("start.probe=linear");
  return read_train_config(path, changes);
}

// The folder of all runs of a verb.
std::string runs_of(const RunChoice& choice) { return path_in(choice.runs, word_of(choice.kind)); }

// The folder of the run to resume: DIR, or the newest with the config's name.
std::string folder_to_resume(const RunChoice& choice) {
  if (choice.resume != "newest") return choice.resume;
  if (choice.config.empty())
    fail_usage("--resume", "expected --resume=DIR, or --config to find the newest run of its name, got neither");
  const std::string name = read_train_config(choice.config, {}).name;
  const auto found = latest_numbered_folder(runs_of(choice), name, "config.toml");
  if (!found) fail_usage("--resume", "expected a run named {} in {}, got none", name, choice.runs);
  return *found;
}

// A resumed run must be the run that was started: only settings that help it continue or affect its remaining steps may
// change. Returns the keys.
std::set<std::string> check_resumed_changes(const std::vector<std::string>& changes) {
  const auto& allowed = changeable_fields();
  std::set<std::string> keys;
  for (const auto& change : changes) {
    const std::string key = change.substr(0, change.find('='));
    if (const std::string nearest = nearest_field(key); !nearest.empty() && nearest != key)
      fail_usage("--set " + change, "expected a key of a training config, got the unknown {}; did you mean {}?", key,
                 nearest);
    if (std::find(allowed.begin(), allowed.end(), key) == allowed.end())
      fail_usage("--set", "expected one of {} for a resumed run, got {}; start another run", fmt::join(allowed, ", "),
                 printable(change));
    keys.insert(key);
  }
  return keys;
}

// What --resume reads from the folder of the run. Returns the path of its config.
std::string read_resumed(const RunChoice& choice, TrainRequest& request) {
  if (choice.seed)
    fail_usage("--seed", "expected no other seed for a resumed run, got {}; start another run", *choice.seed);
  if (choice.resume != "newest" && !choice.config.empty())
    fail_usage("--config", "expected none with --resume=DIR, which uses the config of the run, got {}", choice.config);
  request.changed = check_resumed_changes(choice.changes);
  const std::string stored = path_in(request.folder, "config.toml");
  if (choice.kind == RunKind::kProbe && read_train_config(stored, {}).start.probe == ProbeKind::kNone)
    fail_usage("--resume", "expected a run with a probe, got {}", request.folder);
  request.config = read_config(choice, stored);
  request.edited = !is_as_written(read_text(*open_file(stored), kMostConfig));
  if (request.changed.contains("run.epochs") && request.config.run.steps > 0)
    fail_usage("--set", "expected run.steps, which gives the length of this run, got run.epochs");
  return stored;
}

}  // namespace

ChosenRun choose_run(const RunChoice& choice) {
  ChosenRun run;
  run.request.resume = !choice.resume.empty();
  run.request.runs = runs_of(choice);
  if (run.request.resume) {
    run.request.folder = folder_to_resume(choice);
    run.stored = read_resumed(choice, run.request);
  } else {
    if (choice.config.empty())
      fail_usage(word_of(choice.kind), "expected --config FILE or --resume[=DIR], got neither");
    run.request.config = read_config(choice, choice.config);
  }
  if (!run.request.changed.empty()) run.request.changed_config = stamped_config(run.request.config);
  if (!choice.device.empty()) run.request.config.run.device = choice.device;
  return run;
}

}  // namespace trecvit::train
