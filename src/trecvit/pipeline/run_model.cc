#include "trecvit/pipeline/run_model.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <vector>

#include "trecvit/base/error.h"
#include "trecvit/base/shell_word.h"
#include "trecvit/config/task_facts.h"
#include "trecvit/io/byte_source.h"
#include "trecvit/io/json.h"

namespace trecvit {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMostFacts = uint64_t{1} << 20;

// run.json, which other programs may have written: an empty object if it is not valid.
Json facts_of(const fs::path& folder) {
  try {
    const std::string path = (folder / "run.json").string();
    Json facts = parse_json(read_text(*open_file(path), kMostFacts), path);
    if (facts.is_object()) return facts;
  } catch (const Error&) {
    return Json::object();  // no facts are known
  }
  return Json::object();
}

// "step 400, balanced accuracy 0.995", or empty.
std::string best_of_facts(const Json& facts) {
  const auto best = facts.find("best");
  if (best == facts.end() || !best->is_object()) return {};
  const Json step = best->value("step", Json()), measure = best->value("measure", Json()),
             value = best->value("value", Json());
  if (!step.is_number_integer() || !measure.is_string() || !value.is_number()) return {};
  return fmt::format("step {}, {} {:.4g}", step.dump(), printable(measure.get<std::string>(), 40), value.get<double>());
}

// Whether training names checkpoints like this: other files may lie next to them, such as a copy step-00000400.bak.
bool is_checkpoint_name(std::string_view name) {
  constexpr std::string_view kPrefix = "step-";
  return name.starts_with(kPrefix) && name.size() >= kPrefix.size() + 8 &&
         name.find_first_not_of("0123456789", kPrefix.size()) == std::string_view::npos;
}

// The newest checkpoint of a run by name; empty if there is none.
std::string newest_checkpoint_of(const fs::path& folder) {
  std::string newest;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder / "checkpoints", none)) {
    const std::string name = entry.path().filename().string();
    const bool longer = name.size() > newest.size();
    if (is_checkpoint_name(name) && (longer || (name.size() == newest.size() && name > newest))) newest = name;
  }
  return newest.empty() ? "" : (folder / "checkpoints" / newest).string();
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
  const Json facts = facts_of(folder);
  const std::string best = fs::exists(folder / "best", none) ? (folder / "best").string() : "";
  std::vector<std::string> ways;
  if (!best.empty()) {
    const std::string known = best_of_facts(facts);
    ways.push_back(fmt::format("--model {}{}", shell_word(best), known.empty() ? "" : " (" + known + ")"));
  }
  if (!checkpoint.empty()) ways.push_back(fmt::format("--model {}", shell_word(checkpoint)));
  fail_input(shown, "expected a finished run, got one without model/; trecvit {} --resume={} continues it{}{}",
             facts_of(task).verb, shell_word(shown), ways.empty() ? "" : "; what it has so far can be tested with ",
             fmt::format("{}", fmt::join(ways, " or ")));
}

std::string about_model_of_run(const std::string& config_path) {
  const fs::path folder = fs::path(config_path).parent_path();
  const Json facts = facts_of(folder);
  const std::string best = best_of_facts(facts);
  const Json step = facts.value("step", Json());
  const std::string ended = facts.contains("ended") && step.is_number_integer() ? "from step " + step.dump()
                            : facts.contains("started")                         ? "from before the run was resumed"
                                                                                : "";
  if (ended.empty()) return {};
  return fmt::format("{} is {}{}", (folder / "model").string(), ended,
                     best.empty() ? "" : fmt::format("; {} is from {}", (folder / "best").string(), best));
}

}  // namespace trecvit
