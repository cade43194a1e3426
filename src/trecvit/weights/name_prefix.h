// The prefixes that training programs put in front of every name of a model: params/, module., _orig_mod., model.,
// opt/target/, the folder that was zipped, and any of them one after the other.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "trecvit/weights/weight_source.h"

namespace trecvit {

struct Unprefixed {
  std::unique_ptr<WeightSource> weights;
  // Tensors of the file without this prefix, such as a step or the state of an optimiser; `weights` does not show them.
  // Canonical names.
  std::vector<std::string> outside;
};

// If all of the model's tensors in a file share a prefix, the file without it; any other file as it is. The prefix is
// found by the names of the model after it, not from a list. Throws Error(kInput) if there are several sets of tensors
// of a model and none of them has the plain names.
Unprefixed without_prefix(std::unique_ptr<WeightSource> file);

}  // namespace trecvit
