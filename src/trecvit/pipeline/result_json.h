// Answers and measurements as JSON.
#pragma once

#include <vector>

#include "trecvit/io/json.h"
#include "trecvit/pipeline/prediction.h"

namespace trecvit {

// [{"index", "label", "prob"}, ...], best first.
Json to_json(const std::vector<Prediction>& top);
// A measurement with six digits.
double readable(double value);
// Seconds without the noise behind the nanoseconds.
double readable_time(double seconds);
// The shortest number that is the same float again.
double shortest(float value);

}  // namespace trecvit
