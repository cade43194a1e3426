#include "trecvit/pipeline/run_model.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "trecvit/base/error.h"
#include "trecvit/base/shell_word.h"
#include "trecvit/config/task_facts.h"
#include "trecvit/io/run_record.h"

namespace trecvit {
namespace {

namespace fs = std::filesystem;

// The newest checkpoint of a run by name; empty if there is none.
std::string newest_checkpoint_of(const fs::path& folder) {
  int64_t newest = -1;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder / "checkpoints", none))
    newest = std::max(newest, step_of_checkpoint(entry.path().filename().string()).value_or(-1));
  return newest < 0 ? "" : (folder / "checkpoints" / checkpoint_name(newest)).string();
}

}  // namespace

std::string model_of_run(const std::string& config_path, TaskKind task) {
  const fs::path folder = fs::path(config_path).parent_path();
  const std::string model = (folder / "model").string();
  std::error_code none;
  if (fs::exists(model, none)) return model;
  const std::string shown = folder.empty() ? "." : folder.string(), checkpoint = newest_checkpoint_of(folder);
  if (checkpoint.empty() && !fs::exists(folder / "log.jsonl", none))
    fail_usage("eval", "expected --model, or the config.toml of a run, got {} without model/ next to it", config_path);
  const RunRecord record = read_run_record(shown);
  const std::string best = fs::exists(folder / "best", none) ? (folder / "best").string() : "";
  std::vector<std::string> ways;
  if (!best.empty()) {
    ways.push_back(
        fmt::format("--model {}{}", shell_word(best), record.best ? " (" + describe(*record.best) + ")" : ""));
  }
  if (!checkpoint.empty()) ways.push_back(fmt::format("--model {}", shell_word(checkpoint)));
  fail_input(shown, "expected a finished run, got one without model/; trecvit {} --resume={} continues it{}{}",
             facts_of(task).verb, shell_word(shown), ways.empty() ? "" : "; what it has so far can be tested with ",
             fmt::format("{}", fmt::join(ways, " or ")));
}

std::string about_model_of_run(const std::string& config_path) {
  const fs::path folder = fs::path(config_path).parent_path();
  const RunRecord record = read_run_record(folder.empty() ? "." : folder.string());
  const std::string ended = record.ended_after        ? fmt::format("from step {}", *record.ended_after)
                            : !record.started.empty() ? "from before the run was resumed"
                                                      : "";
  if (ended.empty()) return {};
  return fmt::format(
      "{} is {}{}", (folder / "model").string(), ended,
      record.best ? fmt::format("; {} is from {}", (folder / "best").string(), describe(*record.best)) : "");
}

}  // namespace trecvit
