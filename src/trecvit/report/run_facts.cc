#include "trecvit/report/run_facts.h"

#include <fmt/chrono.h>

#include <ctime>
#include <filesystem>

#include "trecvit/base/error.h"
#include "trecvit/io/atomic_file.h"
#include "trecvit/io/byte_source.h"
#include "trecvit/io/progress.h"

namespace trecvit::report {
namespace {

constexpr uint64_t kMostBytes = uint64_t{1} << 20;

std::string path_in(const std::string& folder) { return (std::filesystem::path(folder) / "run.json").string(); }

// "2026-11-29 20:10:33 UTC"
std::string date_of(std::time_t time) { return fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(time)); }

// The JSON object in a file of the run; empty if there is none or the file is not ours.
Json read_object(const std::string& path) {
  try {
    Json object = parse_json(read_text(*open_file(path), kMostBytes), path);
    if (object.is_object()) return object;
    return Json::object();
  } catch (const Error&) {
    return Json::object();  // treated as missing
  }
}

// The run's start time according to its folder; the current time if it does not say.
std::string start_of(const std::string& folder) {
  const Json old = read_object(path_in(folder));
  const auto found = old.find("started");
  return found != old.end() && found->is_string() ? printable(found->get<std::string>(), 40)
                                                  : date_of(std::time(nullptr));
}

std::string best_in(const std::string& folder) { return (std::filesystem::path(folder) / "best.json").string(); }

bool has_number(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number();
}

}  // namespace

Json to_json(const BestModel& best) { return {{"step", best.step}, {"measure", best.measure}, {"value", best.value}}; }

void write_kept_best(const std::string& folder, const KeptBest& best) {
  Json object = to_json(best.model);
  object["score"] = best.score;
  AtomicFile file(best_in(folder), Overwrite::kNo);
  file.write(object.dump() + "\n");
  file.commit();
}

std::optional<KeptBest> read_kept_best(const std::string& folder) {
  const Json object = read_object(best_in(folder));
  const auto step = object.find("step"), measure = object.find("measure");
  if (step == object.end() || !step->is_number_integer() || measure == object.end() || !measure->is_string() ||
      !has_number(object, "value") || !has_number(object, "score"))
    return std::nullopt;
  return KeptBest{{step->get<int64_t>(), printable(measure->get<std::string>(), 40), object.at("value").get<double>()},
                  object.at("score").get<double>()};
}

std::optional<int64_t> ended_after(const std::string& folder) {
  const Json run = read_object(path_in(folder));
  const auto step = run.find("step");
  if (!run.contains("ended") || step == run.end() || !step->is_number_integer()) return std::nullopt;
  return step->get<int64_t>();
}

std::string describe(const BestModel& best) {
  return fmt::format("step {}, {} {:.4g}", best.step, best.measure, best.value);
}

void write_run_facts(const std::string& folder, const RunFacts& facts) {
  const TrainConfig& config = facts.config;
  Json run = {{"schema", "trecvit.run/1"},
              {"trecvit", TRECVIT_VERSION},
              {"torch", facts.torch_version},
              {"compiler", __VERSION__},
              {"name", config.name},
              {"seed", config.seed},
              {"threads", config.run.threads},
              {"processes", facts.processes},
              {"samples", facts.samples},
              {"classes", facts.model.num_classes},
              {"parameters", facts.model.parameter_count()},
              {"steps", facts.steps},
              {"step", facts.step},
              {"started", start_of(folder)},
              {"seconds", facts.seconds},
              {"best", facts.best ? to_json(*facts.best) : Json()}};
  if (facts.ended) run["ended"] = date_of(std::time(nullptr));
  AtomicFile file(path_in(folder), Overwrite::kYes);
  file.write(run.dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
  file.commit();
}

std::vector<Report::Fact> facts_for_report(const std::string& folder, const RunFacts& facts) {
  std::vector<Report::Fact> out;
  if (facts.best) out.push_back({"best model (best/)", describe(*facts.best)});
  const double clips = static_cast<double>(facts.step) * static_cast<double>(facts.config.run.batch) *
                       static_cast<double>(facts.config.optimizer.accumulate) * static_cast<double>(facts.processes);
  out.push_back({"last model (model/)", fmt::format("step {}", facts.step)});
  out.push_back({"started", start_of(folder)});
  out.push_back({"ended", date_of(std::time(nullptr))});
  out.push_back({"duration", readable_seconds(facts.seconds)});
  if (facts.seconds > 0)
    out.push_back({"speed, including tests", fmt::format("{:.3g} clips per second", clips / facts.seconds)});
  out.push_back({"threads", fmt::format("{}", facts.config.run.threads)});
  out.push_back(
      {"versions", fmt::format("trecvit {}, LibTorch {}, {}", TRECVIT_VERSION, facts.torch_version, __VERSION__)});
  return out;
}

}  // namespace trecvit::report
