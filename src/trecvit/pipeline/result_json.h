// Answers and measurements as JSON.
#pragma once

#include <string>
#include <vector>

#include "trecvit/io/json.h"
#include "trecvit/pipeline/classify.h"
#include "trecvit/pipeline/prediction.h"

namespace trecvit {

// [{"index", "label", "prob"}, ...], best first.
Json to_json(const std::vector<Prediction>& top);
// An object of schema trecvit.classify/1. top: of the answer's classes; logits: whether all of them are in it.
Json to_json(const std::string& source, const VideoAnswer& answer, const std::vector<Prediction>& top, bool logits);
// A measurement with six digits.
double readable(double value);
// Seconds without the noise behind the nanoseconds.
double readable_time(double seconds);
// The shortest number that is the same float again.
double shortest(float value);

}  // namespace trecvit
