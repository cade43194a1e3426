// Whether a model computes what it should: stream against clip, one execution against another, and against taps of a
// file.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "trecvit/base/words.h"
#include "trecvit/io/json.h"
#include "trecvit/pipeline/model_choice.h"
#include "trecvit/pipeline/model_execution.h"
#include "trecvit/pipeline/whole_input.h"

namespace trecvit {

// One comparison of two sets of taps.
struct TapComparison {
  std::string what;
  double tolerance = 0;
  int arrays = 0;
  std::vector<std::string> not_compared;          // of the taps it is compared with
  double worst_absolute = 0, worst_relative = 0;  // relative to the largest number of its array
  std::string worst_tap;
  std::string first_over;  // first tap over the tolerance, in the order of the computation
};

// What is compared.
enum class Checked {
  kEngine,
  kModel,  // the trainable one
  kBoth,   // and with each other
};
constexpr auto enum_words(Checked) {
  return make_words<Checked>({{"engine", Checked::kEngine}, {"model", Checked::kModel}, {"both", Checked::kBoth}});
}

struct CheckRequest {
  ModelChoice model;
  Checked execution = Checked::kEngine;
  std::string against;              // a file of taps of the same input; empty: none
  std::optional<double> tolerance;  // empty: 1e-5 for stream against clip, 1e-4 for the rest
};

// All comparisons of a model on a clip. trainable: needed for all but kEngine. Throws Error(kInput) for taps of the
// file that have other shapes or unknown names, as the executions do, which name frames as the source counts them;
// Stopped.
std::vector<TapComparison> check_model(const ModelFiles& files, const WholeInput& clip, const CheckRequest& request,
                                       const ModelExecution& trainable);

// An object of schema trecvit.check/1.
Json to_json(const TapComparison& comparison);

}  // namespace trecvit
