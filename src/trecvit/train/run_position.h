// The position of a run: what changes from step to step besides the weights. Saved in each checkpoint. Needs no
// LibTorch.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <set>

#include "trecvit/io/run_record.h"

namespace trecvit::train {

struct RunPosition {
  int64_t step = 0;                           // steps done
  int64_t skipped = 0, skipped_in_a_row = 0;  // steps whose loss or gradient was not finite
  // tested: the newest step that was tested and is in the log. settled: the newest step whose test is complete, which
  // means that its model is in best/ if it was the best so far. painted: the newest step whose pictures are in the log.
  // -1: none.
  int64_t tested = -1, settled = -1, painted = -1;
  double best_score = std::numeric_limits<double>::lowest();  // which the next test has to beat
  std::optional<BestModel> best;                              // what best/ holds
  std::set<int64_t> bad_samples;                              // samples that could not be read
  double seconds = 0;                                         // total over all processes that worked on the run
};

// In the form used in state.json.
Json to_json(const RunPosition& position);
// Fields missing from the files of other versions get their initial values.
RunPosition position_of(int64_t step, const Json& state);

}  // namespace trecvit::train
