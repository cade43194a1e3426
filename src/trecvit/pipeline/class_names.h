// User-supplied names for a model's classes.
#pragma once

#include <string>

#include "trecvit/config/model_config.h"

namespace trecvit {

// Gives the classes the names of `labels`: kinetics400, ssv2 or a file (config/label_file.h). Returns a sentence for
// people if the model's own names are replaced, otherwise an empty string. Throws Error(kUsage) if a name is the
// model's own name for another class, since all predictions would have wrong names; Error(kUsage) or Error(kInput) for
// names that are missing or whose number differs from that of the classes.
std::string set_class_names(const std::string& labels, ModelConfig& config);

}  // namespace trecvit
