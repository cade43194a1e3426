// run.json: what a run is and how far it came, for people and other programs.
#pragma once

#include <optional>
#include <string>

#include "trecvit/config/model_config.h"
#include "trecvit/config/train_config.h"
#include "trecvit/train/report.h"

namespace trecvit::train {

// What lies in best/.
struct BestModel {
  int64_t step = 0;
  std::string measure;  // "balanced accuracy"
  double value = 0;
};
Json to_json(const BestModel& best);
// "step 400, balanced accuracy 0.9950"
std::string describe(const BestModel& best);

struct RunFacts {
  TrainConfig config;
  ModelConfig model;
  int64_t samples = 0, steps = 0;
  int64_t step = 0;    // done
  double seconds = 0;  // of all processes that worked on it
  std::optional<BestModel> best;
  bool ended = false;  // after the last step, with model/ written
};

// Replaces `folder`/run.json, but for when the run began. Throws Error(kResource).
void write_run_facts(const std::string& folder, const RunFacts& facts);

// The same for the report: best model, date, duration, speed, versions.
std::vector<Report::Fact> facts_for_report(const std::string& folder, const RunFacts& facts);

}  // namespace trecvit::train
