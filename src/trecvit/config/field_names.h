// Finds the field that was meant by an unknown key of a training config.
#pragma once

#include <string>
#include <string_view>

namespace trecvit {

// The field or table nearest to an unknown key: "run.steps" for "run.stpes" and for "steps", "optimizer.learning_rate"
// for "optimizer.lr", "optimizer" for "optimiser", "model.width" for "width". An existing field is nearest to itself.
// Empty if none is near.
std::string nearest_field(std::string_view key);

}  // namespace trecvit
