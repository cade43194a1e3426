// What the folder of a training run says of the run: run.json, and the names of its checkpoints. Other programs may
// have written there too, so a file or field that is missing, unreadable or not as expected counts as unknown.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "trecvit/io/json.h"

namespace trecvit {

// The model stored in best/.
struct BestModel {
  int64_t step = 0;
  std::string measure;  // "balanced accuracy"
  double value = 0;
};
Json to_json(const BestModel& best);
// nullopt if the object lacks a field or one is of another type.
std::optional<BestModel> best_model_of(const Json& object);
// "step 400, balanced accuracy 0.9950"
std::string describe(const BestModel& best);

// The JSON object in a file of a run; empty if there is none.
Json read_run_object(const std::string& path);

struct RunRecord {
  std::string started;                 // when the run began
  std::optional<int64_t> ended_after;  // the last step of a run that ended
  std::optional<BestModel> best;
};
RunRecord read_run_record(const std::string& folder);

inline constexpr const char* kRunRecordFile = "run.json";

// "step-00000400", a folder in checkpoints/.
std::string checkpoint_name(int64_t step);
// nullopt for any other name: other files may lie next to checkpoints, such as a copy step-00000400.bak.
std::optional<int64_t> step_of_checkpoint(std::string_view name);

}  // namespace trecvit
