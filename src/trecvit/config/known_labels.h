// The class names of the data sets that published checkpoints are trained on.
#pragma once

#include <optional>
#include <string_view>

namespace trecvit {

// One name per line; the line number is the class: "kinetics400" (400 classes) or "ssv2" (Something-Something V2, 174),
// both in alphabetical order, which is the numbering of the data sets' own lists. nullopt for any other name.
std::optional<std::string_view> known_labels(std::string_view name);

}  // namespace trecvit
