#include "trecvit/report/run_facts.h"

#include <fmt/chrono.h>

#include <ctime>

#include "trecvit/io/atomic_file.h"
#include "trecvit/io/path_in.h"
#include "trecvit/io/progress.h"

namespace trecvit::report {
namespace {

constexpr const char* kKeptBestFile = "best.json";

// "2026-11-29 20:10:33 UTC"
std::string date_of(std::time_t time) { return fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(time)); }

// The run's start time according to its folder; the current time if it does not say.
std::string start_of(const std::string& folder) {
  const RunRecord old = read_run_record(folder);
  return old.started.empty() ? date_of(std::time(nullptr)) : old.started;
}

}  // namespace

void write_kept_best(const std::string& folder, const KeptBest& best) {
  Json object = to_json(best.model);
  object["score"] = best.score;
  AtomicFile file(path_in(folder, kKeptBestFile), Overwrite::kNo);
  file.write(object.dump() + "\n");
  file.commit();
}

std::optional<KeptBest> read_kept_best(const std::string& folder) {
  const Json object = read_run_object(path_in(folder, kKeptBestFile));
  const auto model = best_model_of(object);
  const Json score = object.value("score", Json());
  if (!model || !score.is_number()) return std::nullopt;
  return KeptBest{*model, score.get<double>()};
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
  AtomicFile file(path_in(folder, kRunRecordFile), Overwrite::kYes);
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
