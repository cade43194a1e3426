// Where a run is: what changes from step to step besides the weights. Kept in each checkpoint. Needs no LibTorch.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <set>

#include "trecvit/io/json.h"
#include "trecvit/report/run_facts.h"

namespace trecvit::train {

struct RunPosition {
  int64_t step = 0;                           // done
  int64_t skipped = 0, skipped_in_a_row = 0;  // steps that were not finite
  // The newest step of each: that was tested and is in the log; whose test, if it was the best so far, has its model in
  // best/; whose pictures are in the log. -1: none.
  int64_t tested = -1, settled = -1, drawn = -1;
  double best_score = std::numeric_limits<double>::lowest();  // which the next test has to beat
  std::optional<report::BestModel> best;                      // what best/ holds
  std::set<int64_t> bad_samples;                              // that could not be read
  double seconds = 0;                                         // of all processes that worked on it
};

// As state.json has it.
Json to_json(const RunPosition& position);
// Fields that other versions did not write are as at the beginning.
RunPosition position_of(int64_t step, const Json& state);

}  // namespace trecvit::train
