// What was meant by a key that a training config does not have.
#pragma once

#include <string>
#include <string_view>

namespace trecvit {

// The field or table nearest to an unknown key: "run.steps" for "run.stpes" and for "steps", "optimizer.learning_rate"
// for "optimizer.lr", "optimizer" for "optimiser", "model.width" for "width". A field that there is is
// nearest to itself. Empty where none is near.
std::string nearest_field(std::string_view key);

}  // namespace trecvit
