#include "trecvit/train/resume.h"

#include <ATen/ATen.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <map>
#include <system_error>
#include <vector>

#include "trecvit/base/error.h"
#include "trecvit/base/shell_word.h"
#include "trecvit/io/atomic_file.h"
#include "trecvit/io/path_in.h"
#include "trecvit/train/run_settings.h"

namespace trecvit::train {
namespace {

namespace fs = std::filesystem;

void copy_into(const std::map<std::string, Tensor>& to, const std::map<std::string, Tensor>& from) {
  const at::NoGradGuard no_grad;
  for (const auto& [name, tensor] : to) {
    const auto found = from.find(name);
    if (found == from.end() || found->second.sizes() != tensor.sizes())
      fail_input("checkpoint", "expected {} with the shape it has in this run, got {}", name,
                 found == from.end() ? "none" : "another shape");
    Tensor(tensor).copy_(found->second);
  }
}

// The score that the next test has to beat, and what best/ holds. They differ if best/ is of a step after the
// checkpoint; that step will be repeated.
void restore_best(const std::string& folder, RunPosition& position) {
  std::error_code unknown;
  if (!fs::exists(path_in(folder, "best/model.safetensors"), unknown)) {
    position.best_score = RunPosition().best_score;
    position.best.reset();
    return;
  }
  const auto kept = report::read_kept_best(path_in(folder, "best"));
  if (!kept || kept->model.step > kMostSteps) return;
  position.best = kept->model;
  if (kept->model.step <= position.step) position.best_score = kept->score;
}

// What to do about a change of what must be unchanged, for a message.
std::string_view remedy_for(std::string_view key) {
  if (key == "data" || key == "samples") return "; has the training set changed?";
  if (key == "val_data") return "; has the test set changed?";
  if (key == "processes") return "; start as many processes, or start another run";
  return "; start another run";
}

}  // namespace

void refuse_lost_checkpoints(const std::string& folder) {
  const auto last = read_run_record(folder).ended_after;
  std::error_code unknown;
  if (!last && !fs::exists(path_in(folder, "model/model.safetensors"), unknown)) return;
  fail_input(printable(path_in(folder, "checkpoints")),
             "expected the checkpoint of a run that ended{}, got none; put the folder back, or start another run with "
             "--config {}",
             last ? fmt::format(" after step {}", *last) : "", shell_word(path_in(folder, "config.toml")));
}

std::optional<std::string> accepted_changes(const TrainRequest& request, const RunSetup& setup,
                                            const Checkpoint& checkpoint, const std::string& folder) {
  const Json before = checkpoint.state.value("settings", Json::object());
  std::vector<std::string> later, by_hand;
  for (const auto& [key, old, now] : differences(before, setup.config)) {
    const Effect effect = effect_of(key);
    if (effect == Effect::kNone) continue;
    const bool asked = request.changed.contains(key);
    // A length in epochs was stored as a number of steps too.
    const bool counted = key == "run.steps" && old == "0";
    const std::string was = counted ? std::to_string(checkpoint.state.value("steps", setup.steps)) : old;
    if (asked) later.push_back(fmt::format("{} = {} ({} before)", key, now, was));
    if (request.edited && !asked)
      by_hand.push_back(
          fmt::format("{} = {} as in the checkpoint, got {}{}", key, old, now,
                      effect == Effect::kLater ? fmt::format(" (change it with --set {}={})", key, now) : ""));
  }
  if (!by_hand.empty())
    fail_usage(printable(path_in(folder, "config.toml")),
               "expected {}; the file was edited by hand: undo the edit, or start another run with --config",
               fmt::join(by_hand, ", and "));
  const int64_t steps = checkpoint.state.value("steps", setup.steps);
  const bool longer = request.changed.contains("run.steps") || request.changed.contains("run.epochs");
  if (before.empty() && steps != setup.steps && !longer)
    fail_input(folder, "expected steps = {} as in the checkpoint, got {}", steps, setup.steps);
  if (setup.steps < checkpoint.step)
    fail_usage("run.steps", "expected at least the {} steps that are already done, got {}", checkpoint.step,
               setup.steps);
  if (!later.empty() && setup.steps == checkpoint.step) {
    for (const auto& key : request.changed) {
      if (effect_of(key) == Effect::kNone)
        fail_usage(
            "run.steps",
            "expected more than the {} steps that are already done for {} to take effect, got as many; leave it out",
            setup.steps, fmt::join(later, ", "));
    }
    request.say(fmt::format("no step is left for {}: all {} are done; also raise run.steps", fmt::join(later, ", "),
                            setup.steps));
    return std::nullopt;
  }
  return later.empty() ? "" : fmt::format("continues with {}", fmt::join(later, ", "));
}

RunPosition restore(const Checkpoint& checkpoint, const RunSetup& setup, const std::string& folder) {
  if (checkpoint.config != setup.model_config)
    fail_input(folder, "{}", model_change(checkpoint.config, setup.model_config));
  for (const auto& [key, value] : setup.fixed.items()) {
    Json saved = checkpoint.state.value(key, Json());
    if (saved.is_null() && key == "processes") saved = 1;  // no version that did not write it had more
    if (saved.is_null()) continue;                         // written by a version that did not know it
    if (saved != value)
      fail_input(folder, "expected {} = {} as in the checkpoint, got {}{}", key, saved.dump(), value.dump(),
                 remedy_for(key));
  }
  copy_into(setup.step->weights_to_keep(), checkpoint.model);
  copy_into(setup.step->state(), checkpoint.training);
  RunPosition position = position_of(checkpoint.step, checkpoint.state);
  restore_best(folder, position);
  return position;
}

}  // namespace trecvit::train
