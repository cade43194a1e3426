// run.json: a run's configuration and progress, for people and other programs (io/run_record.h reads it).
#pragma once

#include <optional>
#include <string>

#include "trecvit/config/model_config.h"
#include "trecvit/config/train_config.h"
#include "trecvit/io/run_record.h"
#include "trecvit/report/report.h"

namespace trecvit::report {

// best/best.json, written together with the weights it describes: the authority on what best/ holds, whatever the
// checkpoints say.
struct KeptBest {
  BestModel model;
  double score = 0;  // used to compare models: larger is better
};
void write_kept_best(const std::string& folder, const KeptBest& best);
// Nothing if the folder has none that can be read, as in runs of earlier versions.
std::optional<KeptBest> read_kept_best(const std::string& folder);

struct RunFacts {
  TrainConfig config;
  ModelConfig model;
  int64_t samples = 0, steps = 0, processes = 1;
  int64_t step = 0;    // done
  double seconds = 0;  // over all processes that worked on the run
  std::optional<BestModel> best;
  bool ended = false;  // after the last step, once model/ is written
  std::string torch_version;
};

// Replaces `folder`/run.json, but keeps the time at which the run began. Throws Error(kResource).
void write_run_facts(const std::string& folder, const RunFacts& facts);

// The same facts for the report: best model, date, duration, speed, versions.
std::vector<Report::Fact> facts_for_report(const std::string& folder, const RunFacts& facts);

}  // namespace trecvit::report
