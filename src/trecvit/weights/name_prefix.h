// What training programs put in front of every name of a model: params/, module., _orig_mod., model., opt/target/, the
// folder that was zipped, and any of them one after the other.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "trecvit/weights/weight_source.h"

namespace trecvit {

struct Unprefixed {
  std::unique_ptr<WeightSource> weights;
  // Tensors of the file that have not these names in front, such as a step or the state of an optimiser; `weights` does
  // not show them. Canonical names.
  std::vector<std::string> outside;
};

// A file whose tensors of a model all have the same names in front, without them; any other file as it is. What stands
// in front is found by the names of the model behind it, not from a list. Throws Error(kInput) where there are several
// sets of tensors of a model and none of them has the plain names.
Unprefixed without_prefix(std::unique_ptr<WeightSource> file);

}  // namespace trecvit
