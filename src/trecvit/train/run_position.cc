#include "trecvit/train/run_position.h"

#include <string>

namespace trecvit::train {

Json to_json(const RunPosition& position) {
  Json state = {{"best_score", position.best_score},
                {"skipped", position.skipped},
                {"skipped_in_a_row", position.skipped_in_a_row},
                {"evaluated", position.tested},
                {"settled", position.settled},
                {"drawn", position.painted},
                {"bad", position.bad_samples},
                {"seconds", position.seconds}};
  if (position.best) state["best"] = trecvit::to_json(*position.best);
  return state;
}

RunPosition position_of(int64_t step, const Json& state) {
  RunPosition position;
  position.step = step;
  position.skipped = state.value("skipped", position.skipped);
  position.skipped_in_a_row = state.value("skipped_in_a_row", position.skipped_in_a_row);
  position.tested = state.value("evaluated", position.tested);
  position.settled = state.value("settled", position.tested);
  position.painted = state.value("drawn", position.painted);
  position.bad_samples = state.value("bad", position.bad_samples);
  position.seconds = state.value("seconds", position.seconds);
  position.best_score = state.value("best_score", position.best_score);
  if (state.contains("best")) {
    const Json& best = state.at("best");
    position.best = {best.at("step").get<int64_t>(), best.at("measure").get<std::string>(),
                     best.at("value").get<double>()};
  }
  return position;
}

}  // namespace trecvit::train
