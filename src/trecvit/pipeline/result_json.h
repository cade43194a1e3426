// Answers and measurements as JSON.
#pragma once

#include <string>
#include <vector>

#include "trecvit/io/json.h"
#include "trecvit/pipeline/classify.h"
#include "trecvit/pipeline/events.h"
#include "trecvit/pipeline/prediction.h"

namespace trecvit {

// [{"index", "label", "prob"}, ...], best first.
Json to_json(const std::vector<Prediction>& top);
// An object of schema trecvit.classify/1. top: the best classes of the answer; logits: whether to include all logits.
Json to_json(const VideoAnswer& answer, const std::vector<Prediction>& top, bool logits);
// {"label", "start_s", "end_s", "peak", "mean"}; end_s is null unless the event is over.
Json to_json(const Event& event, const std::string& label, bool is_over);
// A measurement rounded to six digits.
double readable(double value);
// Seconds without the rounding noise below nanoseconds.
double readable_time(double seconds);
// The shortest number that converts back to the same float.
double shortest(float value);

}  // namespace trecvit
