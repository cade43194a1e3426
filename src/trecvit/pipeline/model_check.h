// Checks that a model computes correctly: stream against clip, one execution against another, and against taps in a
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
  std::vector<std::string> not_compared;          // taps of the other side that are missing here
  double worst_absolute = 0, worst_relative = 0;  // relative to the largest magnitude in the array
  std::string worst_tap;
  std::string first_over;  // first tap over the tolerance, in computation order
};

// What is compared.
enum class Checked {
  kEngine,
  kModel,  // the trainable model
  kBoth,   // both, and against each other
};
constexpr auto enum_words(Checked) {
  return make_words<Checked>({{"engine", Checked::kEngine}, {"model", Checked::kModel}, {"both", Checked::kBoth}});
}

struct CheckRequest {
  ModelChoice model;
  Checked execution = Checked::kEngine;
  std::string against;              // a file with taps of the same input; empty: none
  std::optional<double> tolerance;  // empty: 1e-5 for stream against clip, 1e-4 otherwise
};

// All comparisons of a model on a clip. trainable: needed for everything except kEngine. Throws Error(kInput) for taps
// in the file with other shapes, and for a file without a known tap (unknown ones are listed in the comparison); the
// errors of the executions, those of the engine with frames numbered as in the source; Stopped.
std::vector<TapComparison> check_model(const ModelFiles& files, const WholeInput& clip, const CheckRequest& request,
                                       const ModelExecution& trainable);

// An object of schema trecvit.check/1.
Json to_json(const TapComparison& comparison);

}  // namespace trecvit
